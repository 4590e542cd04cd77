import { type Cause, defaultJudge, type JudgeContext, type Verdict } from '@holdfast/core'
import { HUB_CLOSE, hubCloseMeaning } from '@holdfast/protocol/hub'
import { HubError, type HubErrorCode, type HubErrorDetails, toHubError } from './errors.ts'

/** A hub that limits rates is given at least this long. In milliseconds. */
const RATE_LIMITED_MS = 5_000

/** What a close code of hub §5 or a HTTP status means where the generic table knows less. */
const REFUSALS: Readonly<Record<number, HubErrorCode>> = {
  401: 'auth_failed',
  403: 'auth_failed',
  [HUB_CLOSE.authRequired]: 'auth_failed',
  [HUB_CLOSE.forbidden]: 'auth_failed',
}

/**
 * The hub's judge (hub §5, §9.6): every close of 4000–4999 but 4408 and 4429 is final, 401 and 4401 ask for new
 * credentials once where they are a function, `Retry-After` is a floor, everything else is retried. One for each
 * connection: it remembers whether the credentials were refreshed in this outage.
 */
export function hubJudge(refreshable: boolean): (cause: Cause, context: JudgeContext) => Verdict {
  let refreshed = false
  return (cause, context) => {
    if (context.failures === 0) refreshed = false
    const verdict = judge(cause, context)
    // There is no parking here: an app that has new credentials calls connect() again.
    if (verdict.act === 'park') return { act: 'stop', error: asHubError(verdict.error) }
    const again = verdict.act === 'refresh' && refreshable && !refreshed
    if (again) refreshed = true
    return verdict.act === 'refresh' && !again ? { act: 'stop', error: asHubError(verdict.error) } : verdict
  }
}

function judge(cause: Cause, context: JudgeContext): Verdict {
  if (cause.kind === 'handshake' && cause.error instanceof HubError) return { act: 'stop', error: cause.error }
  if (cause.kind === 'prepare' && cause.error instanceof HubError && cause.error.code === 'auth_failed') {
    return { act: 'refresh', error: cause.error }
  }
  if (cause.kind === 'dial' && cause.status !== undefined) return judgeStatus(cause, cause.status, context)
  if (cause.kind !== 'close') return defaultJudge(cause, context)
  const { code, reason } = cause
  if (code === HUB_CLOSE.rateLimited) return { act: 'retry', floorMs: RATE_LIMITED_MS }
  if (code === HUB_CLOSE.unavailable) return { act: 'goaway' }
  if (code === undefined || !hubCloseMeaning(code).terminal) return inHubWords(defaultJudge(cause, context))
  const details = { closeCode: code, closeReason: reason }
  const error = refusal(code, `The hub closed with ${code}${reason === '' ? '' : ` (${reason})`}`, details)
  return code === HUB_CLOSE.authRequired ? { act: 'refresh', error } : { act: 'stop', error }
}

function judgeStatus(cause: Extract<Cause, { kind: 'dial' }>, status: number, context: JudgeContext): Verdict {
  const verdict = defaultJudge(cause, context)
  if (verdict.act !== 'stop' && verdict.act !== 'refresh') return verdict
  const error = refusal(status, `The hub answered with HTTP ${status}`, { status }, cause.error)
  return verdict.act === 'stop' ? { act: 'stop', error } : { act: 'refresh', error }
}

function inHubWords(verdict: Verdict): Verdict {
  return verdict.act === 'stop' ? { act: 'stop', error: asHubError(verdict.error) } : verdict
}

function asHubError(error: unknown): HubError {
  return error instanceof HubError ? error : toHubError(error)
}

function refusal(number: number, message: string, details: HubErrorDetails, cause?: unknown): HubError {
  return new HubError(REFUSALS[number] ?? 'connection_failed', message, details, cause)
}
