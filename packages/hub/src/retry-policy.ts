import type { Cause, RetryContext, RetryDecision } from '@holdfast/core'
import { type Meaning, mistakeIn, retryPolicyBy, saysWhy } from '@holdfast/core/protocol'
import { HUB_CLOSE, hubCloseMeaning } from '@holdfast/protocol/hub'
import { HubError, type HubErrorCode, type HubErrorDetails, toHubError } from './errors.ts'

/** A hub that limits rates is given at least this long. In milliseconds. */
const RATE_LIMITED_MS = 5_000

/** What a close code of hub §5 or a HTTP status means where the generic table knows less. */
const REFUSALS: Readonly<Record<number, HubErrorCode>> = {
  401: 'hub/auth_failed',
  403: 'hub/auth_failed',
  404: 'hub/not_found',
  [HUB_CLOSE.authRequired]: 'hub/auth_failed',
  [HUB_CLOSE.forbidden]: 'hub/auth_failed',
  [HUB_CLOSE.sessionNotFound]: 'hub/not_found',
  [HUB_CLOSE.sessionHasLead]: 'hub/has_lead',
  [HUB_CLOSE.staleDriver]: 'hub/stale_driver',
}

/**
 * The hub's codes beside the generic policy (hub §5, §9.6): every close of 4000–4999 but 4408 and 4429 is final, 401 and
 * 4401 ask for new credentials once where they are a function. There is no parking here: an app that has new credentials
 * calls connect() again.
 */
export function hubRetryPolicy(refreshable: boolean): (cause: Cause, context: RetryContext) => RetryDecision {
  return refreshable ? ASKS_AGAIN : STOPS
}

function meaningInHub(cause: Cause): Meaning | undefined {
  switch (cause.kind) {
    case 'handshake':
      return cause.error instanceof HubError ? { kind: 'refusal' } : undefined
    case 'prepare':
      return cause.error instanceof HubError && cause.error.code === 'hub/auth_failed'
        ? { kind: 'credentials' }
        : undefined
    case 'close':
      return ofClose(cause.code)
    default:
      return undefined
  }
}

function ofClose(code: number | undefined): Meaning | undefined {
  switch (code) {
    case HUB_CLOSE.rateLimited:
      return { kind: 'busy', floorMs: RATE_LIMITED_MS }
    case HUB_CLOSE.unavailable:
      return { kind: 'leaving' }
    case HUB_CLOSE.authRequired:
      return { kind: 'credentials' }
  }
  return code !== undefined && hubCloseMeaning(code).terminal ? { kind: 'refusal' } : undefined
}

/** In the words of hub §8. */
function errorInHub(cause: Cause, _meaning: Meaning, { word }: RetryContext): HubError {
  if (cause.kind === 'close') {
    const { code, reason } = cause
    const what = `The hub closed with ${code}${reason === '' ? '' : ` (${reason})`}`
    return refusal(code, what, { closeCode: code, closeReason: reason })
  }
  const error = 'error' in cause ? cause.error : undefined
  if (saysWhy(error)) return toHubError(error, undefined, mistakeIn('url', error))
  if (cause.kind !== 'dial' || cause.status === undefined) return toHubError(error)
  const { status } = cause
  const said = word === undefined ? {} : { serverCode: word.code, serverMessage: word.message }
  return refusal(
    status,
    `The hub answered with HTTP ${status}${word ? ` (${word.message})` : ''}`,
    { status, ...said },
    error,
  )
}

function refusal(number: number | undefined, message: string, details: HubErrorDetails, cause?: unknown): HubError {
  return new HubError(REFUSALS[number ?? 0] ?? 'hub/connection_failed', message, details, cause)
}

const RULES = { meaning: meaningInHub, error: errorInHub, whenRefused: 'stop' } as const

// Shared by all clients: an idle one is small.
const ASKS_AGAIN = /* @__PURE__ */ retryPolicyBy({ ...RULES, refreshable: true })
const STOPS = /* @__PURE__ */ retryPolicyBy({ ...RULES, refreshable: false })
