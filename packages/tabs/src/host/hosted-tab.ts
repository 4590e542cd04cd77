import type { WebSocketFrame } from '@holdfast/core'
import { DedupWindow } from '@holdfast/core/protocol'
import type { PortLike } from '../port.ts'
import { join, type SerializedError, type SharedPosition, type ToTab } from '../wire.ts'
import type { Ring, RingItem } from './ring.ts'

/** One of the tabs, as its host sees it. It stays known while it comes back on another port. */
export class HostedTab {
  readonly #id: string
  /** What it gets again behind item `n`, when it begins or has missed something. */
  readonly #waiting: (n: number) => readonly WebSocketFrame[]
  /** The app of the tab is done with everything up to here. */
  acked = 0
  /** Sent, and not acknowledged. */
  #inFlightBytes = 0
  /** Messages of this tab that are on their way to the server. */
  readonly pending: Set<string> = new Set()
  /** Messages that the server has. */
  readonly #delivered = new DedupWindow()
  readonly #refused = new Map<string, SerializedError>()
  #port: PortLike | undefined
  #sent = 0
  /** It has the items up to here already, from the host before. */
  #has: SharedPosition | undefined
  /** What it gets before the first item. */
  #first: readonly WebSocketFrame[] = []
  #isStarted = false
  #confirmed: string[] = []

  constructor(id: string, waiting: (n: number) => readonly WebSocketFrame[]) {
    this.#id = id
    this.#waiting = waiting
  }

  /** Its items are sent through this port from now on; undefined: through none. */
  usePort(port: PortLike | undefined): void {
    this.#port = port
    this.#isStarted = false
    this.#confirmed = []
  }

  usesPort(port: PortLike): boolean {
    return this.#port === port
  }

  /** Next it is sent `first`, and then the items after `n`, without those up to `has`. */
  startAt(n: number, has: SharedPosition | undefined, first: readonly WebSocketFrame[] = []): void {
    this.#first = first
    this.acked = n
    this.#sent = n
    this.#has = has
    this.#inFlightBytes = 0
  }

  /** Its app has processed everything up to `n`, which were so many bytes. */
  acknowledge(n: number, bytes: number): void {
    this.acked = Math.max(this.acked, n)
    this.#inFlightBytes -= bytes
  }

  start(): void {
    this.#isStarted = true
    this.#sendAll(this.#first)
    this.#first = []
    this.#sendAll(this.#waiting(this.#sent))
  }

  post(message: ToTab): void {
    this.#port?.postMessage(join(message))
  }

  /** Sends what fits: what it has not acknowledged is bounded, in bytes. */
  pump(ring: Ring, windowBytes: number): void {
    while (this.#isStarted && this.#sent < ring.last && this.#inFlightBytes < windowBytes) this.#sendNext(ring)
  }

  #sendNext(ring: Ring): void {
    const n = this.#sent + 1
    const item = ring.at(n)
    if (item === undefined) return this.#skipLost(ring, n)
    const isKnown = item.at !== undefined && item.at.epoch === this.#has?.epoch && item.at.seq <= this.#has.seq
    if (!isKnown && item.isFor?.(this.#id) !== false) this.#sendItem(item)
    else if (this.acked === this.#sent) this.acked = n
    this.#sent = n
  }

  #sendAll(frames: readonly WebSocketFrame[]): void {
    for (const frame of frames) this.#sendItem({ frame, isMessage: true })
  }

  #sendItem({ frame, isMessage, isFor }: Pick<RingItem, 'frame' | 'isMessage' | 'isFor'>): void {
    // Only what its app processes is acknowledged.
    if (isMessage || isFor !== undefined) this.#inFlightBytes += frame.length
    this.#port?.postMessage(frame)
  }

  /** It was too slow: items that it needs have left the ring. */
  #skipLost(ring: Ring, from: number): void {
    const to = ring.first - 1
    this.#sent = to
    this.post({ t: 'gap', n: to, gap: { reason: 'overflow', count: to - from + 1 } })
    this.#sendAll(this.#waiting(to))
  }

  /** True where the message was settled before: its outcome is sent again. */
  repeatOutcome(id: string): boolean {
    const error = this.#refused.get(id)
    if (error !== undefined) this.post({ t: 'refused', id, error })
    else if (this.#delivered.has(id)) this.#confirm(id)
    else return false
    return true
  }

  delivered(id: string): void {
    this.pending.delete(id)
    this.#delivered.add(id)
    this.#confirm(id)
  }

  refused(id: string, error: SerializedError): void {
    this.pending.delete(id)
    if (this.#refused.size < 1_000) this.#refused.set(id, error)
    this.post({ t: 'refused', id, error })
  }

  /** Those of one turn together. */
  #confirm(id: string): void {
    this.#confirmed.push(id)
    if (this.#confirmed.length > 1) return
    queueMicrotask(() => {
      if (this.#confirmed.length > 0) this.post({ t: 'acked', ids: this.#confirmed })
      this.#confirmed = []
    })
  }
}
