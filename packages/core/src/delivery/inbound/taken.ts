import { Fifo } from '../../support/fifo.ts'

/** Called once when the app is done with a message. False: it was never read, and is not acknowledged. @defaultValue true */
export type Done = (isRead?: boolean) => unknown

/** A reader, and the number of the last message that it is done with. */
export interface Progress {
  done: number
}

/** Given to the app, which is not done with it. */
export interface Given {
  /** Runs when the app is done with it. */
  readonly done: Done
  readonly number: number
  /** A handler was given it. */
  readonly isHandled: boolean
  isRunning: boolean
}

/** Follows what was given to the app, and reports in order what has been processed. */
export class Taken {
  readonly #given = new Fifo<Given>()
  /** The reader that is furthest is, or was, done with so much. */
  #readThrough = 0

  get length(): number {
    return this.#given.length
  }

  add(given: Given): Given {
    this.#given.push(given)
    return given
  }

  /** A reader is done with this one, and with those before it. */
  read(through: number): void {
    this.#readThrough = Math.max(this.#readThrough, through)
  }

  /** The slowest reader decides. */
  settle(readers: readonly Progress[]): void {
    for (;;) {
      const { first } = this.#given
      if (first === undefined || first.isRunning || readers.some(({ done }) => done < first.number)) return
      this.#given.shift()
      first.done(first.isHandled || first.number <= this.#readThrough)
    }
  }
}
