import type { Decoded } from '@holdfast/contract'
import {
  count,
  expected,
  literal,
  number,
  object,
  oneOf,
  type Shape,
  text,
  type VariantShape,
  variants,
} from '../shape.ts'
import { jsonPayload, parseJsonPayload } from './json-payload.ts'
import { type TerminalSize, terminalSize } from './resize.ts'
import { isLease } from './shell-id.ts'

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

const lease: Shape<string> = (value) => (isLease(value) ? undefined : expected('lease', value))
const role = oneOf('writer', 'observer')

/** A kind that this version does not know: it passes the check, and is none of the messages. */
interface UnknownControl {
  readonly type: string
}

const clientControl: VariantShape<ClientControl, UnknownControl> = variants<ClientControl, UnknownControl, 'type'>(
  'type',
  {
    hello: object<Control<ClientControl, 'hello'>>({ type: literal('hello'), lease, in: count }),
    takeover: object<Control<ClientControl, 'takeover'>>({ type: literal('takeover') }),
    detach: object<Control<ClientControl, 'detach'>>({ type: literal('detach') }),
    signal: object<Control<ClientControl, 'signal'>>({ type: literal('signal'), name: oneOf(...SHELL_SIGNALS) }),
    snapshot: object<Control<ClientControl, 'snapshot'>>({ type: literal('snapshot') }),
  },
)

const serverControl: VariantShape<ServerControl, UnknownControl> = variants<ServerControl, UnknownControl, 'type'>(
  'type',
  {
    gap: object<Control<ServerControl, 'gap'>>({ type: literal('gap'), from: count, to: count }),
    resized: object<Control<ServerControl, 'resized'>>({ type: literal('resized'), size: terminalSize }),
    role: object<Control<ServerControl, 'role'>>({ type: literal('role'), role }),
    exit: object<Control<ServerControl, 'exit'>>({
      type: literal('exit'),
      code: orNull(count),
      signal: orNull(text),
      at: number,
    }),
    error: object<Control<ServerControl, 'error'>>({ type: literal('error'), code: text, message: text }),
  },
)

type Control<Any, Type extends string> = Extract<Any, { readonly type: Type }>

function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value) => (value === null ? undefined : shape(value))
}

function parseControl<T>(shape: VariantShape<T, UnknownControl>, payload: Uint8Array): Decoded<T> {
  const decoded = parseJsonPayload<T | UnknownControl>('control', shape, payload)
  if (!decoded.ok) return decoded
  const { message } = decoded
  if (shape.isKnown(message)) return { ok: true, message }
  return { ok: false, issue: 'control.type: expected a known one', raw: message }
}

/** The payload of a CTRL message. */
export function encodeControl(control: ClientControl | ServerControl): Uint8Array<ArrayBuffer> {
  return jsonPayload(control)
}

/** Reads what a client said on CTRL. Never throws. */
export function decodeClientControl(payload: Uint8Array): Decoded<ClientControl> {
  return parseControl(clientControl, payload)
}

/** Reads what the server said on CTRL. A `type` this version does not know is an issue that a client skips. */
export function decodeServerControl(payload: Uint8Array): Decoded<ServerControl> {
  return parseControl(serverControl, payload)
}
