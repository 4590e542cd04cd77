import { Fifo } from './fifo.ts'

/**
 * Runs what is done only when everything before it is done, too: for acknowledgements that a wire wants in the order of arrival, as
 * MQTT does (3.1.1 §4.6), though several readers are done with what came in an order of their own. One for each link.
 */
export class InOrder {
  readonly #undone: Fifo<{ readonly run: (isRead: boolean) => unknown; isRead: boolean; isDone: boolean }> = new Fifo()

  /** Takes the next place. What it returns says that this one is done; such as `taken` of what `receive` answers. */
  next(run: (isRead: boolean) => unknown): (isRead?: boolean) => void {
    const one = { run, isRead: true, isDone: false }
    this.#undone.push(one)
    return (isRead = true) => {
      one.isRead = isRead
      one.isDone = true
      for (let { first } = this.#undone; first?.isDone === true; { first } = this.#undone) {
        this.#undone.shift()
        first.run(first.isRead)
      }
    }
  }
}
