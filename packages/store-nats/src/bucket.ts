import type { Clock } from '@holdfast/contract'
import type { Shape } from '@holdfast/contract/shape'
import type { KV, KvWatchEntry } from '@nats-io/kv'
import type { Deadline } from './deadline.ts'
import { fateOf } from './failed-request.ts'
import type { Link } from './link.ts'
import { storedJson } from './stored-json.ts'
import type { Purpose } from './troubles.ts'

const WATCH_AGAIN_MS = 1_000

/** A value and the revision that it was written with. Revisions grow over all keys of a bucket. */
export interface Cell<T> {
  readonly value: T
  readonly revision: number
}

/** A key that has no value, with the revision under which one can be written. */
interface Empty {
  readonly value: undefined
  readonly revision: number
}

/** JSON values by key in a NATS bucket: read from the leader, written only over what was read. */
export class Bucket<T> {
  readonly kv: KV
  readonly name: string
  /** The stream that keeps it. */
  readonly stream: string
  readonly #link: Link
  readonly #shape: Shape<T>

  constructor(link: Link, kv: KV, name: string, shape: Shape<T>) {
    this.#link = link
    this.#shape = shape
    this.kv = kv
    this.name = name
    this.stream = `KV_${name}`
  }

  get #reads(): Purpose {
    return { operation: 'read', stream: this.stream }
  }

  get #writes(): Purpose {
    return { operation: 'append', stream: this.stream }
  }

  /** @throws LogError `log/damaged` where it has another shape */
  async get(key: string, deadline?: Deadline): Promise<Cell<T> | Empty> {
    const entry = await this.#link.trying(this.#reads, () => this.kv.get(key), deadline)
    if (entry === null) return { value: undefined, revision: 0 }
    if (entry.operation !== 'PUT') return { value: undefined, revision: entry.revision }
    return { value: storedJson(this.name, this.#shape, entry.string()), revision: entry.revision }
  }

  /** Whatever was there before. Gives the new revision. */
  put(key: string, value: T, deadline?: Deadline): Promise<number> {
    return this.#link.trying(this.#writes, (timeout) => this.kv.put(key, JSON.stringify(value), { timeout }), deadline)
  }

  /** The new revision, or `moved` where something else stands there now; it may be ours, after a try without answer. */
  update(key: string, value: T, revision: number, deadline?: Deadline): Promise<number | 'moved'> {
    return this.#link.trying(
      this.#writes,
      async (timeout) => {
        try {
          // Not `update`: that one takes no 0, which stands for "nothing yet".
          return await this.kv.put(key, JSON.stringify(value), { previousSeq: revision, timeout })
        } catch (error) {
          if (fateOf(error) === 'moved') return 'moved'
          throw error
        }
      },
      deadline,
    )
  }

  /** Where the revision is another one, nothing happens. */
  delete(key: string, revision?: number, deadline?: Deadline): Promise<void> {
    return this.#link.trying(
      this.#writes,
      async () => {
        try {
          await this.kv.purge(key, revision === undefined ? {} : { previousSeq: revision })
        } catch (error) {
          if (fateOf(error) !== 'moved') throw error
        }
      },
      deadline,
    )
  }

  /** Hands over what stands in the bucket and every change, until the result is called. A watch that ends begins anew. */
  async follow(take: (entry: KvWatchEntry) => void, timers: Clock): Promise<() => void> {
    let isOver = false
    let watch = await this.#link.trying(this.#reads, () => this.kv.watch())
    const run = async (): Promise<void> => {
      while (!isOver) {
        try {
          for await (const entry of watch) take(entry)
        } catch {
          // What it misses stands there for the next one.
        }
        if (isOver) return
        await new Promise<void>((resolve) => void timers.after(WATCH_AGAIN_MS, resolve))
        watch = await this.#link.trying(this.#reads, () => this.kv.watch()).catch(() => watch)
      }
    }
    void run()
    return () => {
      isOver = true
      watch.stop()
    }
  }
}
