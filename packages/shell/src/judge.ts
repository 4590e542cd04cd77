import { type Cause, CredentialsRefused, defaultJudge, type JudgeContext, type Verdict } from '@holdfast/core'
import { SHELL_HTTP_STATUSES, shellCloseMeaning } from '@holdfast/protocol/shell'
import { ShellSessionError, type ShellSessionErrorCode } from './errors.ts'

/** The error behind a close code that ends the session (shell §3). */
const CLOSE_ERRORS: Readonly<Record<number, ShellSessionErrorCode>> = {
  1000: 'shell/closed',
  4000: 'shell/kicked',
  4003: 'shell/forbidden',
  4004: 'shell/not_found',
  4008: 'shell/too_slow',
  4010: 'shell/expired',
}

/** The error behind an HTTP status at the upgrade that ends the session (shell §3). */
const STATUS_ERRORS: Readonly<Record<number, ShellSessionErrorCode>> = {
  401: 'shell/unauthorized',
  403: 'shell/forbidden',
  404: 'shell/not_found',
  409: 'shell/conflict',
  410: 'shell/expired',
}

/** A repetition of the same refusal is final. */
const ONCE = 1

/**
 * Retry or stop (shell §3). The meaning of codes is a table of the protocol; this turns it into verdicts.
 * `refusals`: how many 401 this outage has seen before this one.
 */
export function judgeShell(cause: Cause, context: JudgeContext, refusals: number): Verdict {
  switch (cause.kind) {
    case 'close':
      return judgeClose(cause)
    case 'dial':
      return judgeStatus(cause, context, refusals)
    case 'handshake':
    case 'prepare':
      return judgeError(cause.error)
    default:
      return { act: 'retry' }
  }
}

function judgeClose(cause: Extract<Cause, { kind: 'close' }>): Verdict {
  const { code, reason } = cause
  const { meaning, verdict } = shellCloseMeaning(code)
  if (verdict === 'stop') {
    const name = (code === undefined ? undefined : CLOSE_ERRORS[code]) ?? 'shell/refused'
    return stop(name, `Closed with ${code}: ${meaning}.`, { closeCode: code, closeReason: reason })
  }
  if (verdict === 'retry-once') return { act: 'retry', budget: `close ${code}`, max: ONCE }
  // A server that leaves tells how far its clients should spread; the engine reads it.
  return code === 1001 || code === 1012 || code === 1013 ? defaultJudge(cause) : { act: 'retry' }
}

function judgeStatus(cause: Extract<Cause, { kind: 'dial' }>, context: JudgeContext, refusals: number): Verdict {
  const { status, error, retryAfterMs } = cause
  const known = status === undefined ? undefined : SHELL_HTTP_STATUSES[status]
  if (status === undefined || known?.verdict === 'retry') return { act: 'retry', floorMs: retryAfterMs }
  if (status === 401 && refusals < ONCE) return { act: 'refresh', error }
  if (known === undefined && defaultJudge(cause, context).act !== 'stop') return { act: 'retry', floorMs: retryAfterMs }
  const name = STATUS_ERRORS[status] ?? 'shell/refused'
  return stop(name, `HTTP ${status}: ${known?.meaning ?? 'refused'}.`, { status }, error)
}

function judgeError(error: unknown): Verdict {
  if (error instanceof CredentialsRefused) return stop('shell/unauthorized', error.message, {}, error)
  return error instanceof ShellSessionError ? { act: 'stop', error } : { act: 'retry' }
}

function stop(
  code: ShellSessionErrorCode,
  what: string,
  details: Readonly<Record<string, unknown>>,
  cause?: unknown,
): Verdict {
  return { act: 'stop', error: new ShellSessionError(code, what, { cause, details }) }
}
