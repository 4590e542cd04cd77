import type { Timer } from '@holdfast/contract'
import { randomId } from '@holdfast/contract'
import type { Bucket } from '../bucket.ts'
import type { NodeEntry } from '../generated/types.ts'
import type { Settings } from '../options.ts'
import { nodeKey } from './directory-keys.ts'

export type { NodeEntry } from '../generated/types.ts'

/** Renewals in one lease, so that some may be late. */
const RENEWALS = 4

/** Keeps a node's lease in a bucket whose values end by themselves. A lease that was lost begins another life. */
export class NodeLease {
  readonly #bucket: Bucket<NodeEntry>
  readonly #node: string
  readonly #leaseMs: number
  readonly #settings: Settings
  readonly #begun: (life: string) => void
  #life = ''
  #revision = 0
  #timer: Timer | undefined
  #isOver = false

  constructor(
    bucket: Bucket<NodeEntry>,
    terms: { readonly node: string; readonly leaseMs: number; readonly settings: Settings },
    begun: (life: string) => void,
  ) {
    this.#bucket = bucket
    this.#node = terms.node
    this.#leaseMs = terms.leaseMs
    this.#settings = terms.settings
    this.#begun = begun
  }

  get life(): string {
    return this.#life
  }

  /** Takes the lease, from an earlier life of the same node as well. */
  async begin(): Promise<void> {
    this.#life = randomId(this.#settings.random, 12)
    this.#revision = await this.#bucket.put(nodeKey(this.#node), { life: this.#life })
    this.#arm()
  }

  /** Everybody hears of it. */
  async end(): Promise<void> {
    this.stop()
    await this.#bucket.delete(nodeKey(this.#node), this.#revision)
  }

  stop(): void {
    this.#isOver = true
    this.#timer?.cancel()
  }

  #arm(): void {
    if (this.#isOver) return
    this.#timer = this.#settings.timers.after(this.#leaseMs / RENEWALS, () => {
      void this.#renew()
        .catch(() => {})
        .finally(() => this.#arm())
    })
  }

  async #renew(): Promise<void> {
    const key = nodeKey(this.#node)
    const renewed = await this.#bucket.update(key, { life: this.#life }, this.#revision)
    if (this.#isOver) return
    if (renewed !== 'moved') {
      this.#revision = renewed
      return
    }
    const { value, revision } = await this.#bucket.get(key)
    this.#revision = revision
    // A try of ours that was not answered.
    if (value?.life === this.#life) return
    // Another process under our name: it is the younger one, and it stays.
    if (value !== undefined) return this.stop()
    this.#life = randomId(this.#settings.random, 12)
    const taken = await this.#bucket.update(key, { life: this.#life }, revision)
    if (taken === 'moved') return
    this.#revision = taken
    this.#begun(this.#life)
  }
}
