import type { RetryChoice } from '@holdfast/core'
import { type Random, systemRandom } from '@holdfast/core/contract'

/** The published numbers. A client of ours may be more patient by default. */
export const PUBLISHED = {
  maxReconnectAttempts: 10,
  reconnectDelayMs: 1_000,
  maxReconnectDelayMs: 30_000,
} as const
/** The published numbers, where the program gives none of its own. */
export function publishedNumbers(options: Partial<Record<keyof typeof PUBLISHED, number | undefined>>): {
  readonly [Name in keyof typeof PUBLISHED]: number
} {
  return {
    maxReconnectAttempts: options.maxReconnectAttempts ?? PUBLISHED.maxReconnectAttempts,
    reconnectDelayMs: options.reconnectDelayMs ?? PUBLISHED.reconnectDelayMs,
    maxReconnectDelayMs: options.maxReconnectDelayMs ?? PUBLISHED.maxReconnectDelayMs,
  }
}

/** The published bound of the queue, in messages. */
export const PUBLISHED_QUEUE = 1_000

/** The part of the published delay that is random. */
const JITTER = 0.5
/** The first window, in bases: clients that were lost together come back over this long. */
const FIRST_WINDOW = 2

/** The retry options of the published client. */
export interface PublishedRetryOptions {
  /** Retries of one outage before `max_reconnects_exceeded`. @defaultValue 10 */
  readonly maxReconnectAttempts?: number | undefined
  /** The first window of the backoff, which doubles. In milliseconds. @defaultValue 1000 */
  readonly reconnectDelayMs?: number | undefined
  /** No wait is longer. In milliseconds. @defaultValue 30000 */
  readonly maxReconnectDelayMs?: number | undefined
  /** Over all of it. */
  readonly retry?: RetryChoice | undefined
  readonly random?: Random | undefined
}

/**
 * The published delays, so that a program waits for a hub as long as before (about 165 s by default): the base doubles
 * with each retry, a delay is drawn from its upper half, and the cap applies to the drawn delay. The first retry is
 * spread over two bases instead, so that the clients of a lost hub do not all return at once.
 */
export function publishedRetry(options: PublishedRetryOptions, reconnects: boolean = true): RetryChoice {
  const { random = systemRandom } = options
  const { maxReconnectAttempts, reconnectDelayMs, maxReconnectDelayMs } = publishedNumbers(options)
  return {
    preset: 'fleet',
    maxAttempts: reconnects ? maxReconnectAttempts : 0,
    baseMs: reconnectDelayMs,
    firstMs: reconnectDelayMs,
    capMs: maxReconnectDelayMs,
    schedule: (n) => publishedDelay(n, reconnectDelayMs, maxReconnectDelayMs, random),
    // The schedule has drawn already.
    jitter: 0,
    ...options.retry,
  }
}

/** The delay before retry `n`, in milliseconds. */
export function publishedDelay(n: number, baseMs: number, capMs: number, random: Random): number {
  if (n === 1) return Math.min(random() * FIRST_WINDOW * baseMs, capMs)
  const window = baseMs * 2 ** Math.min(n - 1, 30)
  return Math.min(window * (1 - JITTER + random() * JITTER), capMs)
}
