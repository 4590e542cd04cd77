import type { BackoffOptions } from './backoff.ts'
import type { DialLimit } from './budget.ts'

/** How an outage is retried. Times in milliseconds. */
export interface RetryOptions extends BackoffOptions {
  /** Retries of one outage before giving up. @defaultValue Infinity */
  readonly maxAttempts: number
  /** Length of an outage before giving up. @defaultValue Infinity */
  readonly giveUpAfterMs: number
  /** `suspend`: a wake signal or `connect()` resumes. `close`: over. @defaultValue 'suspend' */
  readonly onExhausted: 'suspend' | 'close'
  /** Limits of all dials together, whatever their cause. */
  readonly limits: readonly DialLimit[]
  /**
   * Limits of dials that opened a link which did not last: a server that accepts and drops is dialed less often than
   * one that is away. Applied beside `limits`; `[]`: none.
   */
  readonly flapLimits: readonly DialLimit[]
  /**
   * How long an answer that would be final is treated as temporary, once the connection was open: a proxy that answers
   * 403 or 404 while the server behind it restarts. After that the answer is final. In milliseconds.
   * @defaultValue 300000 (5 minutes)
   */
  readonly graceMs: number
  /**
   * The same grace before the connection was ever open: for programs that are started together with their server.
   * Mistakes of this side (a URL, a header) still fail at once. @defaultValue false
   */
  readonly retryFirst: boolean
}

/**
 * `eager`: reconnects at once after a short drop, for one person's client. `fleet`: spreads reconnects widely, for many
 * clients that no person waits for.
 */
export type RetryPreset = 'eager' | 'fleet'

/**
 * A link that was open for this long, and on which the peer has said something, ends its outage: what comes after it is
 * a new one. A person's client is back at once also where the network fails again and again; a fleet spares a server that
 * accepts clients and fails under them. In milliseconds.
 */
export const STABLE_AFTER_MS: Readonly<Record<RetryPreset, number>> = { eager: 2_000, fleet: 10_000 }

const FOR_EVER = {
  schedule: undefined,
  maxAttempts: Number.POSITIVE_INFINITY,
  giveUpAfterMs: Number.POSITIVE_INFINITY,
  onExhausted: 'suspend',
  graceMs: 300_000,
  retryFirst: false,
} as const

/** Every number of both presets. */
export const RETRY_PRESETS: Readonly<Record<RetryPreset, RetryOptions>> = {
  // An outage of 4 s is over after another 0.6 s in the median and 1.8 s at the worst, one of 150 s after 1.9 and 4.6 s.
  eager: {
    baseMs: 250,
    capMs: 300_000,
    floorMs: 0,
    firstMs: 250,
    jitter: 0.5,
    firstJitter: 1,
    stages: [
      { untilMs: 30_000, capMs: 2_000 },
      { untilMs: 300_000, capMs: 5_000 },
      { untilMs: 3_600_000, capMs: 30_000 },
    ],
    limits: [
      { max: 40, perMs: 60_000 },
      { max: 120, perMs: 300_000 },
    ],
    // Twelve a minute in two halves: spent in the first seconds, they would leave a minute of darkness.
    flapLimits: [{ max: 6, perMs: 30_000 }],
    ...FOR_EVER,
  },
  // Of the clients of one server that is lost, few dial in the same tenth of a second.
  fleet: {
    baseMs: 1_000,
    capMs: 30_000,
    floorMs: 100,
    firstMs: 2_000,
    jitter: 1,
    firstJitter: undefined,
    stages: [],
    limits: [
      { max: 12, perMs: 60_000 },
      { max: 30, perMs: 300_000 },
    ],
    flapLimits: [],
    ...FOR_EVER,
  },
}
