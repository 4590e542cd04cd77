import { Fifo } from './fifo.ts'

/**
 * Runs a callback only when everything before it is done too: for acknowledgements that a wire requires in the order of
 * arrival, as MQTT does (3.1.1 §4.6), although several readers finish in an order of their own. One for each link.
 */
export class InOrder {
  readonly #undone: Fifo<{ readonly run: (isRead: boolean) => unknown; isRead: boolean; isDone: boolean }> = new Fifo()

  /** Takes the next place. The returned function marks it as done; use it as `taken` in the result of `receive`. */
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
