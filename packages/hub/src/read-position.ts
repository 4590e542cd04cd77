import type { Clock, Timer } from '@holdfast/core'
import type { SessionPosition } from './session-position.ts'

/** How often the server is sent an acknowledgement of what the application has processed (hub §11). */
export const HUB_ACK_DEFAULTS: { readonly everyMs: number; readonly everyMessages: number } = {
  everyMs: 1_000,
  everyMessages: 64,
}

// Shared by clients that are asked nothing: an idle one is small.
const NOTHING: readonly never[] = []

/** How far the application is with what came: never ahead of what it has read, answered, or received as a gap. Hub §11. */
export class ReadPosition {
  readonly #position: SessionPosition
  readonly #stream: { readonly unread: number }
  #seq = 0
  /** In an epoch that has ended while something of it was unread. */
  #before: string | undefined
  /** Numbers of questions that are being answered. */
  #answering: readonly number[] = NOTHING

  /** `unread` counts messages that came and that the application is not done with. */
  constructor(position: SessionPosition, stream: { readonly unread: number }) {
    this.#position = position
    this.#stream = stream
  }

  /** Everything up to this number of the present epoch is done with. */
  get seq(): number {
    this.settle()
    if (this.#before !== undefined) return 0
    let least = this.#seq
    for (const seq of this.#answering) least = Math.min(least, seq - 1)
    return least
  }

  format(): string | undefined {
    const { seq } = this
    return this.#before ?? this.#position.format(seq)
  }

  /** To be called before the position moves: what has come so far may have been read. */
  settle(): void {
    if (this.#stream.unread > 0) return
    this.#before = undefined
    this.#seq = this.#position.seq
  }

  /** A connection is about to go on in this epoch. */
  begins(epoch: string | undefined): void {
    this.settle()
    if (epoch === this.#position.current?.epoch) return
    if (this.#stream.unread > 0) this.#before ??= this.#position.format(this.seq)
    this.#seq = 0
    this.#answering = NOTHING
  }

  /** The application is done with the message of this number. */
  taken(seq: number | undefined): void {
    if (seq !== undefined && seq > this.#seq && this.#before === undefined) this.#seq = seq
  }

  asked(seq: number): void {
    this.#answering = [...this.#answering, seq]
  }

  answered(seq: number): void {
    this.#answering = this.#answering.filter((other) => other !== seq)
  }
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
