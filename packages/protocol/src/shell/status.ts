import type { Decoded } from '@holdfast/contract'
import {
  anything,
  array,
  count,
  expected,
  type Fields,
  fields,
  fits,
  literal,
  object,
  oneOf,
  type Shape,
} from '../shape.ts'
import { jsonPayload, parseJsonPayload } from './json-payload.ts'
import { type TerminalSize, terminalSize } from './resize.ts'

/** What the server announces in every confirmation: it speaks the resume extension (shell §5). */
export interface ResumeOffer {
  readonly v: 1
  /** Random per shell process. Another epoch under the same id is another shell. */
  readonly epoch: string
  readonly role: 'writer' | 'observer'
  /** Absolute offset of the first STDOUT byte that follows. */
  readonly out: number
  /** Offset at which the replay ends and live output begins. Bytes below it may have been shown before. */
  readonly live: number
  /** Stdin bytes of this lease that the server has accepted. */
  readonly in: number
  /** The id of this writing client. Give it again on reconnect. */
  readonly lease: string
  /** How many bytes the client may leave unconsumed before the program is held back. */
  readonly window: number
  /** Largest message, the channel byte included. */
  readonly maxFrame: number
  /** How many bytes of output the server keeps. */
  readonly ring: number
  readonly size: TerminalSize
  /** How long a detached or ended shell is kept. */
  readonly retainMs: number
}

/** The first STATUS of the agentcore dialect (shell §3). */
export interface ShellConfirmation {
  readonly kind: 'confirmation'
  readonly shellId: string
  readonly reconnected: boolean
  /** Output that was lost while nobody was attached. */
  readonly bytesDropped: number
  readonly holdfast?: ResumeOffer | undefined
}

/** The last STATUS: how the program ended (shell §3). */
export interface ShellExit {
  readonly kind: 'exit'
  /** 0–255, 128+n for a signal, `null` where it is unknown; unknown is not success. */
  readonly code: number | null
  readonly signal?: string | undefined
  /** Why the platform failed, where it says so instead of an exit code. */
  readonly reason?: string | undefined
  readonly message?: string | undefined
}

export type ShellStatus = ShellConfirmation | ShellExit

const someText: Shape<string> = (value) =>
  typeof value === 'string' && value !== '' ? undefined : expected('text', value)
const frameBytes: Shape<number> = (value) =>
  fits(count, value) && value >= 2 ? undefined : expected('integer of at least 2', value)

const resumeOffer: Shape<ResumeOffer> = object<ResumeOffer>({
  v: literal(1),
  epoch: someText,
  role: oneOf('writer', 'observer'),
  out: count,
  live: count,
  in: count,
  lease: someText,
  window: count,
  maxFrame: frameBytes,
  ring: count,
  size: terminalSize,
  retainMs: count,
})

/** What must fit for a payload to be a STATUS. Of the rest, what does not fit counts as absent. */
interface StatusOutline {
  readonly metadata: Fields | null | undefined
  readonly status: 'Success' | 'Failure'
  readonly reason: unknown
  readonly message: unknown
  readonly details: { readonly causes: readonly Fields[] | null | undefined } | null | undefined
}

const outline: Shape<StatusOutline> = object<StatusOutline>({
  metadata: orNothing(fields),
  status: oneOf('Success', 'Failure'),
  reason: anything,
  message: anything,
  details: orNothing(object<NonNullable<StatusOutline['details']>>({ causes: orNothing(array(fields)) })),
})

/** Reads a STATUS payload. Never throws. */
export function decodeStatus(payload: Uint8Array): Decoded<ShellStatus> {
  const decoded = parseJsonPayload('status', outline, payload)
  if (!decoded.ok) return decoded
  const { metadata, status, reason, message, details } = decoded.message
  const shellId = textOf(metadata?.['shellId'])
  if (metadata && shellId) return { ok: true, message: confirmationOf(shellId, metadata) }
  if (status === 'Success') return { ok: true, message: { kind: 'exit', code: 0 } }
  const causes = details?.causes ?? []
  const causeOf = (name: string): string | undefined =>
    textOf(causes.find((cause) => cause['reason'] === name)?.['message'])
  return {
    ok: true,
    message: {
      kind: 'exit',
      code: exitCodeOf(causeOf('ExitCode')),
      signal: causeOf('Signal'),
      reason: textOf(reason),
      message: textOf(message),
    },
  }
}

/** The payload of the confirmation. `bytesDropped` is on the wire only when it is more than 0. */
export function encodeConfirmation(confirmation: Omit<ShellConfirmation, 'kind'>): Uint8Array<ArrayBuffer> {
  const { shellId, reconnected, bytesDropped, holdfast } = confirmation
  const dropped = bytesDropped > 0 ? { bytesDropped } : {}
  return jsonPayload({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: { shellId, reconnected, ...dropped, ...(holdfast === undefined ? {} : { holdfast }) },
    status: 'Success',
  })
}

/** The payload of the last STATUS. `code: null` says that the platform failed and the exit code is unknown. */
export function encodeExit(exit: Omit<ShellExit, 'kind'>): Uint8Array<ArrayBuffer> {
  const head = { kind: 'Status', apiVersion: 'v1', metadata: {} }
  const { code, signal } = exit
  const message = exit.message === undefined ? {} : { message: exit.message }
  if (code === 0 && signal === undefined) return jsonPayload({ ...head, status: 'Success' })
  if (code === null) {
    return jsonPayload({ ...head, status: 'Failure', reason: exit.reason ?? 'InternalError', ...message })
  }
  const causes = [
    { reason: 'ExitCode', message: String(code) },
    ...(signal === undefined ? [] : [{ reason: 'Signal', message: signal }]),
  ]
  return jsonPayload({ ...head, status: 'Failure', reason: 'NonZeroExitCode', ...message, details: { causes } })
}

function confirmationOf(shellId: string, metadata: Fields): ShellConfirmation {
  const { reconnected, bytesDropped, holdfast } = metadata
  return {
    kind: 'confirmation',
    shellId,
    reconnected: reconnected === true,
    bytesDropped: fits(count, bytesDropped) ? bytesDropped : 0,
    // An offer of a later version, or a damaged one, is none: the plain protocol still works.
    holdfast: fits(resumeOffer, holdfast) ? holdfast : undefined,
  }
}

function orNothing<T>(shape: Shape<T>): Shape<T | null | undefined> {
  return (value) => (value === undefined || value === null ? undefined : shape(value))
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function exitCodeOf(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,3}$/.test(text)) return null
  const code = Number(text)
  return code <= 255 ? code : null
}
