import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '@holdfast/contract'
import { HubError } from '../errors.ts'

/** States smaller than this are sent without ado. */
const SMALL = 65_536

/** How often a full gate is looked at. */
const POLL_MS = 50

/**
 * Lets large states out one at a time, so that many who join at once neither hold the process up nor fill its memory:
 * one in each turn of the event loop, and no more than so many unsent bytes.
 */
export class HydrationGate {
  readonly #clock: Clock
  readonly #maxBytes: number
  readonly #timeoutMs: number
  #last: Promise<void> = Promise.resolve()
  #out = 0

  constructor(options: { readonly clock: Clock; readonly maxBytes: number; readonly timeoutMs: number }) {
    this.#clock = options.clock
    this.#maxBytes = options.maxBytes
    this.#timeoutMs = options.timeoutMs
  }

  /** Resolves when it is our turn. What is sent is sent before anything is awaited. @throws HubError `hub/unavailable` */
  async pass(size: number): Promise<void> {
    if (size < SMALL) return
    const before = this.#last
    const ours = before.then(() => turn())
    this.#last = ours
    await ours
    const until = this.#clock.now() + this.#timeoutMs
    while (this.#out > 0 && this.#out + size > this.#maxBytes) {
      if (this.#clock.now() > until) throw new HubError('hub/unavailable', 'Too much is being sent to others.')
      await new Promise<void>((resolve) => this.#clock.after(POLL_MS, resolve))
    }
  }

  /** A state is on its way until it was taken. */
  sent(size: number, taken: Promise<unknown>): void {
    if (size < SMALL) return
    this.#out += size
    const settle = (): void => {
      this.#out -= size
    }
    taken.then(settle, settle)
  }
}
