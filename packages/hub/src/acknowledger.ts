import type { Clock, Timer } from '@holdfast/core'

/** How often the server is told what the application has processed (hub §11). */
export const HUB_ACK_DEFAULTS: { readonly everyMs: number; readonly everyMessages: number } = {
  everyMs: 1_000,
  everyMessages: 64,
}

/** Somebody who is given the session's events: a callback, or one iterator. */
export interface Consumer {
  /** Everything up to this number is done with. `delivered` is what was given to all. */
  processed(delivered: number): number
}

/** Tells the server how far the slowest consumer of the application is. */
export class Acknowledger {
  readonly #clock: Clock
  readonly #delivered: () => number
  readonly #send: (seq: number) => void
  readonly #consumers = new Set<Consumer>()
  #timer: Timer | undefined
  #told = 0
  #count = 0

  constructor(clock: Clock, delivered: () => number, send: (seq: number) => void) {
    this.#clock = clock
    this.#delivered = delivered
    this.#send = send
  }

  /** Returns its own undo. */
  join(consumer: Consumer): () => void {
    this.#consumers.add(consumer)
    return () => {
      this.#consumers.delete(consumer)
    }
  }

  /** Up to here the application is done with everything. */
  get processed(): number {
    const delivered = this.#delivered()
    let least = delivered
    for (const consumer of this.#consumers) least = Math.min(least, consumer.processed(delivered))
    return least
  }

  /** One more message was delivered, or one consumer is done with one that it took its time for. */
  progress(): void {
    this.#count += 1
    // Not at once: the other consumers of this very message are still to be given it.
    if (this.#count === HUB_ACK_DEFAULTS.everyMessages) queueMicrotask(() => this.#flush())
    // It runs on when a count was told meanwhile: a timer for each would cost more than telling early.
    this.#timer ??= this.#clock.after(HUB_ACK_DEFAULTS.everyMs, () => {
      this.#flush()
      this.#timer = undefined
    })
  }

  /** A new connection starts where the server says; what was told before is void. */
  restart(): void {
    this.stop()
    this.#told = this.#delivered()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#count = 0
  }

  #flush(): void {
    if (this.#timer === undefined) return
    this.#count = 0
    const { processed } = this
    if (processed <= this.#told) return
    this.#told = processed
    this.#send(processed)
  }
}

/** A callback that may return a promise: an event is processed when that has settled. */
export class CallbackConsumer implements Consumer {
  readonly #running = new Set<number>()

  processed(delivered: number): number {
    for (const seq of this.#running) return seq - 1
    return delivered
  }

  /** Watches what a callback promised for event `seq`; `done` is called when it is over. */
  follow(seq: number | undefined, returned: PromiseLike<unknown>, done: (error?: unknown) => void): void {
    if (seq !== undefined) this.#running.add(seq)
    const settled = (error?: unknown): void => {
      if (seq !== undefined) this.#running.delete(seq)
      done(error)
    }
    returned.then(() => settled(), settled)
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
