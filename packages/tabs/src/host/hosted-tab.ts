import type { WebSocketFrame } from '@holdfast/core'
import { DedupWindow } from '@holdfast/core/protocol'
import type { PortLike } from '../port.ts'
import { join, type SharedPosition, type ToldError, type ToTab } from '../wire.ts'
import type { Ring, RingItem } from './ring.ts'

/** One of the tabs, as its host sees it. It stays known while it comes back on another port. */
export class HostedTab {
  readonly #id: string
  /** What it gets again behind item `n`, when it begins or has missed something. */
  readonly #waiting: (n: number) => readonly WebSocketFrame[]
  /** The app of the tab is done with everything up to here. */
  acked = 0
  /** On the way to it, and not processed. */
  #flyingBytes = 0
  /** Messages of this tab that are on their way to the server. */
  readonly pending: Set<string> = new Set()
  /** Messages that the server has. */
  readonly #delivered = new DedupWindow()
  readonly #refused = new Map<string, ToldError>()
  #port: PortLike | undefined
  #sent = 0
  /** It has these already, from the host before. */
  #has: SharedPosition | undefined
  /** What it gets before the first item. */
  #first: readonly WebSocketFrame[] = []
  #isGoing = false
  #confirmed: string[] = []

  constructor(id: string, waiting: (n: number) => readonly WebSocketFrame[]) {
    this.#id = id
    this.#waiting = waiting
  }

  /** It gets everything through this port from now on; undefined: through none. */
  comesOn(port: PortLike | undefined): void {
    this.#port = port
    this.#isGoing = false
    this.#confirmed = []
  }

  isOn(port: PortLike): boolean {
    return this.#port === port
  }

  /** It gets these, and what comes after `n`, but nothing up to `has`. */
  startsAt(n: number, has: SharedPosition | undefined, first: readonly WebSocketFrame[] = []): void {
    this.#first = first
    this.acked = n
    this.#sent = n
    this.#has = has
    this.#flyingBytes = 0
  }

  /** It is done with everything up to here, which were so many bytes. */
  got(n: number, bytes: number): void {
    this.acked = Math.max(this.acked, n)
    this.#flyingBytes -= bytes
  }

  goes(): void {
    this.#isGoing = true
    this.#givesAll(this.#first)
    this.#first = []
    this.#givesAll(this.#waiting(this.#sent))
  }

  tell(message: ToTab): void {
    this.#port?.postMessage(join(message))
  }

  /** Gives it what fits: what it has not acknowledged is bounded, in bytes. */
  pump(ring: Ring, windowBytes: number): void {
    while (this.#isGoing && this.#sent < ring.last && this.#flyingBytes < windowBytes) this.#give(ring)
  }

  #give(ring: Ring): void {
    const n = this.#sent + 1
    const item = ring.at(n)
    if (item === undefined) return this.#misses(ring, n)
    const isKnown = item.at !== undefined && item.at.epoch === this.#has?.epoch && item.at.seq <= this.#has.seq
    if (!isKnown && item.isFor?.(this.#id) !== false) this.#gives(item)
    else if (this.acked === this.#sent) this.acked = n
    this.#sent = n
  }

  #givesAll(frames: readonly WebSocketFrame[]): void {
    for (const frame of frames) this.#gives({ frame, isMessage: true })
  }

  #gives({ frame, isMessage, isFor }: Pick<RingItem, 'frame' | 'isMessage' | 'isFor'>): void {
    // Its app is done with these one day, and then it says so.
    if (isMessage || isFor !== undefined) this.#flyingBytes += frame.length
    this.#port?.postMessage(frame)
  }

  /** It was too slow: what it missed is gone from the ring. */
  #misses(ring: Ring, from: number): void {
    const to = ring.first - 1
    this.#sent = to
    this.tell({ t: 'gap', n: to, gap: { reason: 'overflow', count: to - from + 1 } })
    this.#givesAll(this.#waiting(to))
  }

  /** True where it was settled before: it is sent again. */
  isSettled(id: string): boolean {
    const error = this.#refused.get(id)
    if (error !== undefined) this.tell({ t: 'refused', id, error })
    else if (this.#delivered.has(id)) this.#confirm(id)
    else return false
    return true
  }

  delivered(id: string): void {
    this.pending.delete(id)
    this.#delivered.add(id)
    this.#confirm(id)
  }

  refused(id: string, error: ToldError): void {
    this.pending.delete(id)
    if (this.#refused.size < 1_000) this.#refused.set(id, error)
    this.tell({ t: 'refused', id, error })
  }

  /** Those of one turn together. */
  #confirm(id: string): void {
    this.#confirmed.push(id)
    if (this.#confirmed.length > 1) return
    queueMicrotask(() => {
      if (this.#confirmed.length > 0) this.tell({ t: 'acked', ids: this.#confirmed })
      this.#confirmed = []
    })
  }
}
