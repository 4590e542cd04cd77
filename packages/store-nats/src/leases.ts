import type { Clock } from '@holdfast/contract'
import type { Lease, LeaseHeld } from '@holdfast/log'
import type { Bucket, Cell } from './bucket.ts'
import type { LeaseEntry } from './generated/types.ts'
import type { Link } from './link.ts'

export type { LeaseEntry } from './generated/types.ts'

/** Leases in a bucket. A fence is the revision with which its lease was granted, so it grows over all sessions. */
export class Leases {
  readonly #link: Link
  readonly #bucket: Bucket<LeaseEntry>
  readonly #clock: Clock

  constructor(link: Link, bucket: Bucket<LeaseEntry>, clock: Clock) {
    this.#link = link
    this.#bucket = bucket
    this.#clock = clock
  }

  /** A number above every fence so far; whatever lease there was is free. */
  stamp(token: string): Promise<number> {
    return this.#bucket.put(token, { until: 0 })
  }

  async grant(token: string, holder: string, ttlMs: number): Promise<Lease | LeaseHeld> {
    const deadline = this.#link.deadline()
    for (;;) {
      const { value, revision } = await this.#bucket.get(token, deadline)
      const now = this.#clock.epoch()
      if (value?.holder !== undefined && value.holder !== holder && value.until > now) {
        const fence = value.fence ?? revision
        return { outcome: 'held', holder: value.holder, fence, expiresInMs: value.until - now }
      }
      const granted = await this.#bucket.update(token, { holder, until: now + ttlMs }, revision, deadline)
      if (granted !== 'moved') return new HeldLease(this.#bucket, this.#clock, { token, holder, ttlMs }, granted)
    }
  }

  free(token: string): Promise<void> {
    return this.#bucket.delete(token)
  }
}

interface Terms {
  readonly token: string
  readonly holder: string
  readonly ttlMs: number
}

class HeldLease implements Lease {
  readonly outcome = 'granted'
  readonly fence: number
  readonly #bucket: Bucket<LeaseEntry>
  readonly #clock: Clock
  readonly #terms: Terms

  constructor(bucket: Bucket<LeaseEntry>, clock: Clock, terms: Terms, fence: number) {
    this.#bucket = bucket
    this.#clock = clock
    this.#terms = terms
    this.fence = fence
  }

  async renew(): Promise<boolean> {
    const { token, holder, ttlMs } = this.#terms
    for (;;) {
      const found = await this.#ours()
      const now = this.#clock.epoch()
      if (found === undefined || found.value.until <= now) return false
      const entry = { holder, until: now + ttlMs, fence: this.fence }
      // Moved: by another node, or by a try of ours that was not answered. The next read shows it.
      if ((await this.#bucket.update(token, entry, found.revision)) !== 'moved') return true
    }
  }

  async release(): Promise<void> {
    const found = await this.#ours()
    if (found !== undefined) await this.#bucket.delete(this.#terms.token, found.revision)
  }

  async #ours(): Promise<Cell<LeaseEntry> | undefined> {
    const { value, revision } = await this.#bucket.get(this.#terms.token)
    if (value?.holder === undefined || (value.fence ?? revision) !== this.fence) return undefined
    return { value, revision }
  }
}
