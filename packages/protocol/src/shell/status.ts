import type { Decoded } from '@holdfast/contract'
import { count, type Fields, fits } from '@holdfast/contract/shape'
import { resumeOffer, shellStatusFrame } from './generated/checks.ts'
import type { ResumeOffer } from './generated/types.ts'
import { jsonPayload, parseJsonPayload } from './json-payload.ts'

/** The reason of every exit with a code that is not 0 (shell §3). */
export const NON_ZERO_EXIT = 'NonZeroExitCode'

/** The first STATUS of the agentcore dialect (shell §3). */
export interface ShellConfirmation {
  readonly kind: 'confirmation'
  readonly shellId: string
  readonly reconnected: boolean
  /** Output that was lost while no client was attached, in bytes. */
  readonly bytesDropped: number
  readonly holdfast?: ResumeOffer | undefined
}

/** The last STATUS: how the program ended (shell §3). */
export interface ShellExit {
  readonly kind: 'exit'
  /** 0–255, 128+n for a signal, `null` where it is unknown; unknown is not success. */
  readonly code: number | null
  readonly signal?: string | undefined
  /** Why the platform failed, where it reports that instead of an exit code. */
  readonly reason?: string | undefined
  readonly message?: string | undefined
}

export type ShellStatus = ShellConfirmation | ShellExit

/** Reads a STATUS payload. Never throws. */
export function decodeStatus(payload: Uint8Array): Decoded<ShellStatus> {
  const decoded = parseJsonPayload('status', shellStatusFrame, payload)
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

/** The payload of the last STATUS. `code: null`: the platform failed and the exit code is unknown. */
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
  return jsonPayload({ ...head, status: 'Failure', reason: NON_ZERO_EXIT, ...message, details: { causes } })
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

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function exitCodeOf(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,3}$/.test(text)) return null
  const code = Number(text)
  return code <= 255 ? code : null
}
