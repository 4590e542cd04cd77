import { type ErrorDetails, HoldfastError } from '@holdfast/contract'
import type { Cause, RetryContext, RetryDecision } from '../client-protocol.ts'
import { coreError } from '../errors.ts'
import { isTooLarge, type Meaning, meaningOf, saysWhy } from './failure-meaning.ts'

/** What is too large once may be an accident. What comes at every connect is taken so often in one outage, not for ever. */
const TOO_LARGE_RETRIES = 2

/** What a protocol adds to the generic policy. Everything is optional. */
export interface RetryPolicyRules {
  /** Codes of the protocol's own; undefined: what they mean everywhere. Or a decision, where none of the meanings fits. */
  meaning?(cause: Cause, context: RetryContext): Meaning | RetryDecision | undefined
  /** The final error as this client's own. @defaultValue the engine's own */
  error?(cause: Cause, meaning: Meaning, context: RetryContext): HoldfastError
  /** False: the credentials are always the same, and asking for them again is no use. @defaultValue true */
  readonly refreshable?: boolean | undefined
  /** What to do when credentials are refused again after a refresh: wait for `reauthenticate()`, or end. @defaultValue 'park' */
  readonly whenRefused?: 'park' | 'stop' | undefined
}

const PLAIN: RetryContext = {
  failures: 0,
  wasOpen: false,
  openedBefore: false,
  retryFirst: false,
  refreshed: false,
  spent: {},
  word: undefined,
}

/**
 * The generic policy: lost links, 5xx, 408, 425 and 429 are retried, with `Retry-After` as the shortest delay; 1001 and
 * 1012 spread the reconnects; 401 and 3000 refresh the credentials once; protocol errors are retried once. Other
 * answers are final at a first connection; once the connection was open they are temporary, unless the peer itself
 * refused. Mistakes of this side are final at once. Protocols override single codes ({@link retryPolicyBy}).
 */
export function defaultRetryPolicy(cause: Cause, context: RetryContext = PLAIN): RetryDecision {
  return decideWith({}, cause, context)
}

/** A retry policy with the codes of a protocol beside the generic ones. */
export function retryPolicyBy(rules: RetryPolicyRules): (cause: Cause, context: RetryContext) => RetryDecision {
  return (cause, context) => decideWith(rules, cause, context)
}

function decideWith(rules: RetryPolicyRules, cause: Cause, context: RetryContext): RetryDecision {
  const ended = context.exchange?.(cause)
  if (ended !== undefined) return ended === 'complete' ? { act: ended } : { act: 'stop', error: ended }
  const known = rules.meaning?.(cause, context)
  if (known !== undefined && 'act' in known) return known
  const meaning = known ?? meaningOf(cause, context)
  if (meaning.kind === 'too_large') return ofTooLarge(cause, context)
  const error = (): HoldfastError => rules.error?.(cause, meaning, context) ?? finalOf(cause, meaning, context)
  const { openedBefore } = context
  switch (meaning.kind) {
    case 'lost':
    case 'busy':
      return { act: 'retry', floorMs: meaning.floorMs }
    case 'leaving':
      return { act: 'drain', reconnectWindowMs: meaning.reconnectWindowMs }
    case 'protocol':
      return { act: 'retry', budget: 'protocol', max: 1 }
    case 'mistake':
      return openedBefore ? { act: 'weather', error: error() } : { act: 'stop', error: error() }
    case 'answer':
      if (openedBefore || context.retryFirst) return { act: 'weather', error: error(), floorMs: meaning.floorMs }
      return { act: 'stop', error: error() }
    case 'credentials':
      return ofCredentials(rules, cause, context, error())
    case 'refusal':
      return cause.kind !== 'close' && cause.kind !== 'dial' && rules.whenRefused !== 'stop'
        ? { act: 'park', error: 'error' in cause ? cause.error : error() }
        : { act: 'stop', error: error() }
  }
}

function ofTooLarge(cause: Cause, { spent }: RetryContext): RetryDecision {
  const { error } = 'error' in cause ? cause : {}
  const isSpent = (spent['tooLarge'] ?? 0) >= TOO_LARGE_RETRIES
  return isSpent && isTooLarge(error) ? { act: 'stop', error } : { act: 'retry', budget: 'tooLarge' }
}

/** Asked for anew once. Where that is no use, an HTTP status may be of something on the way; a close is the peer's own word. */
function ofCredentials(
  rules: RetryPolicyRules,
  cause: Cause,
  context: RetryContext,
  error: HoldfastError,
): RetryDecision {
  const { refreshable = true, whenRefused = 'park' } = rules
  if (isUnseen(cause, context)) return { act: 'retry', budget: 'late' }
  if (refreshable && !context.refreshed) return { act: 'refresh', error }
  const isOfPeer = cause.kind !== 'dial' || context.word !== undefined
  if (!refreshable && context.openedBefore && !isOfPeer) return { act: 'weather', error }
  return whenRefused === 'park' ? { act: 'park', error } : { act: 'stop', error }
}

/**
 * Who waits for a credential refuses as if there were none. Of a machine that slept or stood still while it dialed it came too
 * late, which says nothing of it: once more, in time.
 */
function isUnseen(cause: Cause, { isLate = false, spent }: RetryContext): boolean {
  return cause.kind === 'close' && isLate && (spent['late'] ?? 0) === 0
}

/** The engine's own final error. A transport's says what is wrong and what to do: it is passed on as it is. */
function finalOf(cause: Cause, { kind }: Meaning, { word }: RetryContext): HoldfastError {
  const code = kind === 'credentials' ? 'connection/credentials_refused' : 'connection/refused'
  const { error } = 'error' in cause ? cause : {}
  if (error instanceof HoldfastError && (cause.kind !== 'dial' || saysWhy(error))) return error
  return coreError(code, whatOf(cause, word?.message), { cause: error, details: detailsOf(cause, word?.code) })
}

function whatOf(cause: Cause, message: string | undefined): string {
  const said = message === undefined || message === '' ? '' : ` (${message})`
  if (cause.kind === 'close') return `Closed with ${cause.code}${cause.reason === '' ? '' : ` (${cause.reason})`}.`
  return cause.kind === 'dial' ? `The answer was HTTP ${cause.status}${said}.` : 'Refused.'
}

function detailsOf(cause: Cause, serverCode: string | undefined): ErrorDetails {
  if (cause.kind === 'close') return { closeCode: cause.code, closeReason: cause.reason }
  return cause.kind === 'dial' ? { status: cause.status, ...(serverCode === undefined ? {} : { serverCode }) } : {}
}
