import type { Clock, Random, Timer, WebSocketFrame } from '@holdfast/contract'

/** What travels through a {@link MemoryPipe}: frames, and what a socket says beside them. */
export type Segment =
  | { readonly kind: 'frame'; readonly frame: WebSocketFrame; readonly bytes: number }
  | { readonly kind: 'dial' | 'answer' | 'ping' | 'pong' | 'reset'; readonly bytes: number }
  | { readonly kind: 'close'; readonly code: number | undefined; readonly reason: string; readonly bytes: number }

/** How one direction of a link behaves. */
export interface PipeConditions {
  /** From one end to the other. */
  readonly latencyMs: number
  /** Up to this much more, at random for each frame; the order stays. */
  readonly jitterMs: number
  /** `Infinity` for no limit. */
  readonly bytesPerSecond: number
  /** False: nothing arrives and neither end is notified. */
  readonly flowing: boolean
}

/** Sums of fractions may miss each other by less than this. */
const ROUNDING_MS = 1e-6

/** A healthy direction of a link. */
export const HEALTHY_PIPE: PipeConditions = {
  latencyMs: 0,
  jitterMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  flowing: true,
}

/** What a pipe is made of. */
export interface PipeParts {
  /** Of the network: says when something is under way long enough. */
  readonly clock: Clock
  /** Of the receiving end: a sleeping receiver gets everything when it wakes. */
  readonly receiverClock: Clock
  readonly random: Random
  readonly conditions: PipeConditions
  /** Bytes under way at most; what does not fit waits at the sender. */
  readonly windowBytes: number
  receive(segment: Segment): void
  /** False while the receiver takes no more. */
  isReading(): boolean
}

/** One direction of a link: keeps the order, takes its time, and pushes back when its window is full. */
export class MemoryPipe {
  readonly #parts: PipeParts
  #conditions: PipeConditions
  /** Accepted from the sender, not yet under way. */
  #queued: Segment[] = []
  #queuedBytes = 0
  /** Only the first is ever delivered, so a late one holds up those behind it, as in TCP. */
  #underWay: { readonly segment: Segment; arrivesAt: number }[] = []
  #underWayBytes = 0
  #lineFreeAt = 0
  #timer: Timer | undefined
  #stopped = false
  #drainWaiters: (() => void)[] = []

  constructor(parts: PipeParts) {
    this.#parts = parts
    this.#conditions = parts.conditions
  }

  /** Bytes that wait at the sender. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  get conditions(): PipeConditions {
    return this.#conditions
  }

  /** Changes how it behaves from now on. When it flows again, what was kept back arrives late and in order. */
  change(conditions: Partial<PipeConditions>): void {
    const before = this.#conditions
    this.#conditions = { ...before, ...conditions }
    const { flowing, bytesPerSecond } = this.#conditions
    if ((flowing && !before.flowing) || bytesPerSecond !== before.bytesPerSecond) this.#sendAgain()
    this.update()
  }

  push(segment: Segment): void {
    if (this.#stopped) return
    this.#queued.push(segment)
    this.#queuedBytes += segment.bytes
    this.update()
  }

  /** Looks again: the receiver may be reading, the conditions may be others. */
  update(): void {
    if (this.#stopped) return
    this.#fill()
    const next = this.#underWay[0]
    const wanted = next !== undefined && this.#conditions.flowing && this.#parts.isReading()
    if (!wanted) {
      this.#timer?.cancel()
      this.#timer = undefined
      return
    }
    this.#timer ??= this.#parts.receiverClock.after(next.arrivesAt - this.#parts.clock.now(), () => {
      this.#timer = undefined
      this.#deliver()
    })
  }

  /** Throws away what has not left the sender. */
  discardQueued(): void {
    this.#queued = []
    this.#queuedBytes = 0
    this.#notifyDrained()
  }

  /** No receiver any more: everything is thrown away, also what comes later. */
  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#timer = undefined
    this.#underWay = []
    this.discardQueued()
  }

  /** Calls `drained` once, when nothing waits at the sender. The answer is its undo. */
  whenDrained(drained: () => void): () => void {
    this.#drainWaiters.push(drained)
    return () => {
      this.#drainWaiters = this.#drainWaiters.filter((waiter) => waiter !== drained)
    }
  }

  #fill(): void {
    let next = this.#queued[0]
    while (next !== undefined) {
      const fits = this.#underWay.length === 0 || this.#underWayBytes + next.bytes <= this.#parts.windowBytes
      if (!fits) return
      this.#queued.shift()
      this.#queuedBytes -= next.bytes
      this.#underWayBytes += next.bytes
      this.#underWay.push({ segment: next, arrivesAt: this.#arrivalOf(next) })
      next = this.#queued[0]
    }
    this.#notifyDrained()
  }

  #arrivalOf(segment: Segment): number {
    const { latencyMs, jitterMs, bytesPerSecond } = this.#conditions
    const leaves = Math.max(this.#parts.clock.now(), this.#lineFreeAt)
    this.#lineFreeAt = leaves + (segment.bytes * 1000) / bytesPerSecond
    const jitter = jitterMs > 0 ? this.#parts.random() * jitterMs : 0
    return this.#lineFreeAt + latencyMs + jitter
  }

  /** What is under way leaves anew, in order, under the present conditions. */
  #sendAgain(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#lineFreeAt = 0
    for (const item of this.#underWay) item.arrivesAt = this.#arrivalOf(item.segment)
  }

  /** Hands over what has arrived by now, in order, for as long as the receiver reads. */
  #deliver(): void {
    const now = this.#parts.clock.now()
    try {
      let next = this.#underWay[0]
      while (next !== undefined && next.arrivesAt <= now + ROUNDING_MS && this.#parts.isReading()) {
        this.#underWay.shift()
        this.#underWayBytes -= next.segment.bytes
        this.#parts.receive(next.segment)
        next = this.#underWay[0]
      }
    } finally {
      this.update()
    }
  }

  #notifyDrained(): void {
    if (this.#drainWaiters.length > 0) for (const drained of this.#drainWaiters.splice(0)) drained()
  }
}
