import type { Cause, RetryContext, RetryDecision } from '@holdfast/core'
import { type Meaning, mistakeIn, retryPolicyBy, saysWhy } from '@holdfast/core/protocol'
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
 * The codes of shell §3 beside the generic policy, by the protocol's table of close meanings. The connect function is
 * called again for every attempt: it may bring other credentials once.
 */
export const shellRetryPolicy: (cause: Cause, context: RetryContext) => RetryDecision = retryPolicyBy({
  meaning: meaningInShell,
  error: errorInShell,
  whenRefused: 'stop',
})

function meaningInShell(cause: Cause): Meaning | RetryDecision | undefined {
  if (cause.kind === 'close') return ofClose(cause.code)
  return 'error' in cause && cause.error instanceof ShellSessionError ? { kind: 'refusal' } : undefined
}

function ofClose(code: number | undefined): Meaning | RetryDecision | undefined {
  const { decision } = shellCloseMeaning(code)
  if (decision === 'stop') return { kind: 'refusal' }
  if (decision === 'retry-once') return { act: 'retry', budget: `close ${code}`, max: ONCE }
  // A server that leaves says how far its clients should spread; the engine reads it.
  return code === 1001 || code === 1012 || code === 1013 ? undefined : { kind: 'lost' }
}

function errorInShell(cause: Cause, _meaning: Meaning, { word }: RetryContext): ShellSessionError {
  const error = 'error' in cause ? cause.error : undefined
  if (error instanceof ShellSessionError) return error
  if (cause.kind === 'close') {
    const { code = 0, reason } = cause
    const what = `Closed with ${code}: ${shellCloseMeaning(code).meaning}.`
    return errorOf(CLOSE_ERRORS[code], what, { closeCode: code, closeReason: reason })
  }
  const message = mistakeIn('url', error) ?? 'The server refused for good.'
  if (cause.kind === 'prepare') return errorOf('shell/unauthorized', message, {}, error)
  if (cause.kind !== 'dial' || cause.status === undefined || saysWhy(error))
    return errorOf(undefined, message, {}, error)
  const { status } = cause
  const said = word?.message || SHELL_HTTP_STATUSES[status]?.meaning || 'refused'
  return errorOf(
    STATUS_ERRORS[status],
    `The server refused (${status}): ${said.replace(/\.$/, '')}.`,
    { status },
    error,
  )
}

function errorOf(
  code: ShellSessionErrorCode = 'shell/refused',
  what: string,
  details: Readonly<Record<string, unknown>>,
  cause?: unknown,
): ShellSessionError {
  return new ShellSessionError(code, what, { cause, details })
}
