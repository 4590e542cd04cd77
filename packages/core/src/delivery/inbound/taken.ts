import { Fifo } from '../../support/fifo.ts'

/** A reader, and the number of the last message that it is done with. */
export interface Progress {
  done: number
}

/** Given to the app, which is not done with it. */
export interface Given {
  /** Runs when the app is done with it. */
  readonly done: () => void
  readonly number: number
  isRunning: boolean
}

/** Follows what was given to the app, and tells in order what all of it is done with. */
export class Taken {
  readonly #given = new Fifo<Given>()

  get length(): number {
    return this.#given.length
  }

  add(done: () => void, number: number, isRunning: boolean): Given {
    const given = { done, number, isRunning }
    this.#given.push(given)
    return given
  }

  /** The slowest reader decides. */
  settle(readers: readonly Progress[]): void {
    for (;;) {
      const { first } = this.#given
      if (first === undefined || first.isRunning || readers.some(({ done }) => done < first.number)) return
      this.#given.shift()
      first.done()
    }
  }
}
