import type { Clock } from '@holdfast/contract'

/** How many names are remembered. A forgotten one starts again; the longest idle goes first. */
const MAX_NAMES = 10_000

interface Bucket {
  tokens: number
  at: number
}

/** So many at once for each name, and one more every `everyMs`. */
export class RateLimiter {
  readonly #clock: Clock
  readonly #burst: number
  readonly #everyMs: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(options: { readonly clock: Clock; readonly burst: number; readonly everyMs: number }) {
    this.#clock = options.clock
    this.#burst = options.burst
    this.#everyMs = options.everyMs
  }

  /** Takes one. @returns 0 when granted, else the milliseconds until the next one is. */
  take(name: string): number {
    const now = this.#clock.now()
    const bucket = this.#buckets.get(name) ?? { tokens: this.#burst, at: now }
    const tokens = Math.min(this.#burst, bucket.tokens + (now - bucket.at) / this.#everyMs)
    this.#buckets.delete(name)
    this.#buckets.set(name, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now })
    if (this.#buckets.size > MAX_NAMES) {
      const [oldest] = this.#buckets.keys()
      if (oldest !== undefined) this.#buckets.delete(oldest)
    }
    return tokens >= 1 ? 0 : Math.max(1, (1 - tokens) * this.#everyMs)
  }
}
