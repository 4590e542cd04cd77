import { Fifo } from './fifo.ts'

/**
 * Runs what is done only when everything before it is done, too: for acknowledgements that a wire wants in the order of arrival, as
 * MQTT does (3.1.1 §4.6), though several readers are done with what came in an order of their own. One for each link.
 */
export class InOrder {
  readonly #undone: Fifo<{ readonly run: () => unknown; isDone: boolean }> = new Fifo()

  /** Takes the next place. What it returns says that this one is done; such as `taken` of what `receive` answers. */
  next(run: () => unknown): () => void {
    const one = { run, isDone: false }
    this.#undone.push(one)
    return () => {
      one.isDone = true
      while (this.#undone.first?.isDone === true) this.#undone.shift()?.run()
    }
  }
}
