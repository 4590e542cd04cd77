import type { WebSocketFrame } from '@holdfast/core'
import type { SharedSnapshots } from '../options.ts'
import type { SharedPosition } from '../wire.ts'
import type { Ring } from './ring.ts'

/** State, and which items of the ring come after it. */
export interface StateSnapshot {
  readonly frames: readonly WebSocketFrame[]
  /** Items up to this one are in it. */
  readonly n: number
  /** So are those up to this place. */
  readonly at: SharedPosition | undefined
}

/** What snapshots need of their host. */
export interface SnapshotsOptions<In> {
  readonly source: SharedSnapshots<In>
  readonly frameOf: (message: In, n: number, at: SharedPosition | undefined) => WebSocketFrame
  /** There is one now. */
  readonly ready: () => void
}

/** The newest state that came by the stream or was asked for; of use as long as the ring has everything that came after it. */
export class Snapshots<In> {
  readonly #options: SnapshotsOptions<In>
  #part: readonly In[] = []
  #newest: StateSnapshot | undefined
  #loading: AbortController | undefined

  constructor(options: SnapshotsOptions<In>) {
    this.#options = options
  }

  /** One that new tabs can begin with; undefined: `ready` is called when there is one. */
  from(ring: Ring): StateSnapshot | undefined {
    if (this.#newest !== undefined && this.#newest.n + 1 >= ring.first) return this.#newest
    this.#newest = undefined
    void this.#load(ring.last)
    return undefined
  }

  /** A message of the stream is item `n`. */
  received(message: In, n: number, at: SharedPosition | undefined): void {
    const part = this.#options.source.partOf(message)
    if (part === 'end') this.#keep([...this.#part, message], n, at)
    if (part !== undefined) this.#part = part === 'part' ? [message] : []
  }

  /** What is kept is of another history. */
  stop(): void {
    this.#newest = undefined
    this.#part = []
    this.#loading?.abort()
    this.#loading = undefined
  }

  async #load(n: number): Promise<void> {
    if (this.#loading !== undefined) return
    const loading = new AbortController()
    this.#loading = loading
    const found = await this.#options.source.load(loading.signal).catch(() => undefined)
    // Without any, tabs begin with what comes from here on.
    if (this.#loading === loading) this.#keep(found?.messages ?? [], n, found?.at)
  }

  #keep(messages: readonly In[], n: number, at: SharedPosition | undefined): void {
    this.#newest = { frames: messages.map((message) => this.#options.frameOf(message, n, at)), n, at }
    this.#loading?.abort()
    this.#loading = undefined
    this.#options.ready()
  }
}
