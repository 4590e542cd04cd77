import type { RetryChoice } from '@holdfast/core'
import type { LivenessOptions } from '@holdfast/core/client'
import type { DialLimit } from '@holdfast/core/retry'

/** Dials of all causes together: a person who pulls the plug again and again is not to be kept waiting. */
const LIMITS: readonly DialLimit[] = [{ max: 120, perMs: 60_000 }]

/** Reconnecting as the demonstration wants it: soon, and as often as the plug is pulled. */
export const DEMO_RETRY: RetryChoice = {
  baseMs: 250,
  firstMs: 400,
  capMs: 2_000,
  limits: LIMITS,
  flapLimits: [],
}

/** A dead link is to be noticed while the person looks, not after the half minute that is right in production. */
export const DEMO_HEARTBEAT = { liveness: { intervalMs: 1_000, timeoutMs: 3_000 } } as const

/** The same for shells. */
export const DEMO_SHELL: { readonly liveness: LivenessOptions; readonly retry: RetryChoice } = {
  liveness: { intervalMs: 1_500 },
  retry: DEMO_RETRY,
}
