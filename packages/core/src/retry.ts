/** How an outage is retried: every number, and the schedule that is made of them. */

export { resolveRetry } from './connection/options.ts'
export { type BackoffOptions, type BackoffStage, backoffDelay, backoffWindow } from './retry/backoff.ts'
export type { DialLimit } from './retry/budget.ts'
export { RETRY_PRESETS, type RetryOptions, type RetryPreset, STABLE_AFTER_MS } from './retry/presets.ts'
