import type { Decoded } from '@holdfast/contract'
import * as z from 'zod/mini'
import { jsonPayload, offset, parseJsonPayload } from './json-payload.ts'
import { type TerminalSize, terminalSize } from './resize.ts'

/** What a client has done with the output: `received` bounds the replay, `consumed` opens the flow window (shell §5). */
export interface OutputAck {
  readonly received: number
  readonly consumed: number
}

/** client → server: two u64, big-endian. */
export function encodeOutputAck(ack: OutputAck): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(16)
  const view = new DataView(payload.buffer)
  view.setBigUint64(0, BigInt(ack.received))
  view.setBigUint64(8, BigInt(ack.consumed))
  return payload
}

/** Reads a client's ACK. Consumed beyond received, a wrong length and offsets beyond 2⁵³ are issues. */
export function decodeOutputAck(payload: Uint8Array): Decoded<OutputAck> {
  if (payload.length !== 16) return { ok: false, issue: `expected 16 bytes, got ${payload.length}`, raw: payload }
  const received = readOffset(payload, 0)
  const consumed = readOffset(payload, 8)
  if (received === undefined || consumed === undefined || consumed > received) {
    return { ok: false, issue: 'expected consumed ≤ received < 2^53', raw: payload }
  }
  return { ok: true, message: { received, consumed } }
}

/** server → client: stdin bytes of the client's lease that were written to the program, u64 big-endian. */
export function encodeInputAck(written: number): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(8)
  new DataView(payload.buffer).setBigUint64(0, BigInt(written))
  return payload
}

/** Reads a server's ACK. */
export function decodeInputAck(payload: Uint8Array): Decoded<number> {
  const written = payload.length === 8 ? readOffset(payload, 0) : undefined
  if (written === undefined) return { ok: false, issue: 'expected 8 bytes, an offset below 2^53', raw: payload }
  return { ok: true, message: written }
}

function readOffset(payload: Uint8Array, at: number): number | undefined {
  const value = new DataView(payload.buffer, payload.byteOffset, payload.length).getBigUint64(at)
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined
}

/** Signals that a client may send to the foreground program. */
export const SHELL_SIGNALS = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGKILL',
  'SIGUSR1',
  'SIGUSR2',
  'SIGTSTP',
  'SIGCONT',
] as const
export type ShellSignal = (typeof SHELL_SIGNALS)[number]

/** client → server on CTRL (shell §5). `hello` comes first and switches the extension on for this connection. */
export type ClientControl =
  /** `in`: where the client's held input begins. */
  | { readonly type: 'hello'; readonly lease: string; readonly in: number }
  /** Become the writer. */
  | { readonly type: 'takeover' }
  /** Leave at once; the shell lives on. */
  | { readonly type: 'detach' }
  /** To the program in the foreground, past everything that waits on STDIN. */
  | { readonly type: 'signal'; readonly name: ShellSignal }
  /** Attach again on this connection, from the beginning of the ring: a confirmation and the replay follow. */
  | { readonly type: 'snapshot' }

/** server → client on CTRL, only after `hello`. */
export type ServerControl =
  /** STDOUT continues at `to`; the bytes from `from` are lost. */
  | { readonly type: 'gap'; readonly from: number; readonly to: number }
  /** Somebody changed the size of the terminal. */
  | { readonly type: 'resized'; readonly size: TerminalSize }
  /** This connection's role from now on. */
  | { readonly type: 'role'; readonly role: 'writer' | 'observer' }
  /** How and when (ms since 1970) the program ended; `code` as in STATUS. */
  | { readonly type: 'exit'; readonly code: number | null; readonly signal: string | null; readonly at: number }
  | { readonly type: 'error'; readonly code: string; readonly message: string }

const clientControl: z.ZodMiniType<ClientControl> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), lease: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/)), in: offset }),
  z.object({ type: z.literal('takeover') }),
  z.object({ type: z.literal('detach') }),
  z.object({ type: z.literal('signal'), name: z.enum(SHELL_SIGNALS) }),
  z.object({ type: z.literal('snapshot') }),
])

const role = z.enum(['writer', 'observer'])
const serverControl: z.ZodMiniType<ServerControl> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('gap'), from: offset, to: offset }),
  z.object({ type: z.literal('resized'), size: terminalSize }),
  z.object({ type: z.literal('role'), role }),
  z.object({
    type: z.literal('exit'),
    code: z.nullable(z.int()),
    signal: z.nullable(z.string()),
    at: z.number(),
  }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string() }),
])

/** The payload of a CTRL message. */
export function encodeControl(control: ClientControl | ServerControl): Uint8Array<ArrayBuffer> {
  return jsonPayload(control)
}

/** Reads what a client said on CTRL. Never throws. */
export function decodeClientControl(payload: Uint8Array): Decoded<ClientControl> {
  return parseJsonPayload(payload, clientControl)
}

/** Reads what the server said on CTRL. A `type` this version does not know is an issue that a client skips. */
export function decodeServerControl(payload: Uint8Array): Decoded<ServerControl> {
  return parseJsonPayload(payload, serverControl)
}
