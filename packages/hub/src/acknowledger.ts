import type { Clock, Timer } from '@holdfast/core'

/** How often the server is sent an acknowledgement of what the application has processed (hub §11). */
export const HUB_ACK_DEFAULTS: { readonly everyMs: number; readonly everyMessages: number } = {
  everyMs: 1_000,
  everyMessages: 64,
}

/** Reports the position of the application to the server. */
export class Acknowledger {
  readonly #clock: Clock
  readonly #read: { readonly seq: number }
  readonly #server: { confirm(seq: number): void }
  #timer: Timer | undefined
  #sent = 0
  #count = 0

  /** @param read up to its `seq` the application is done with everything */
  constructor(clock: Clock, read: { readonly seq: number }, server: { confirm(seq: number): void }) {
    this.#clock = clock
    this.#read = read
    this.#server = server
  }

  /** The application is done with one more message. */
  progress(): void {
    this.#count += 1
    // Not at once: more may follow in the same turn.
    if (this.#count === HUB_ACK_DEFAULTS.everyMessages) queueMicrotask(() => this.#flush())
    // It runs on when a count was reported meanwhile: a timer for each would cost more than an early report.
    this.#timer ??= this.#clock.after(HUB_ACK_DEFAULTS.everyMs, () => {
      this.#flush()
      this.#timer = undefined
    })
  }

  /** A new connection starts where the server says; what was reported before is void. */
  restart(): void {
    this.stop()
    this.#sent = this.#read.seq
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#count = 0
  }

  #flush(): void {
    if (this.#timer === undefined) return
    this.#count = 0
    const processed = this.#read.seq
    if (processed <= this.#sent) return
    this.#sent = processed
    this.#server.confirm(processed)
  }
}
