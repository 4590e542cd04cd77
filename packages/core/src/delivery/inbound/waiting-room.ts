import type { Gap } from '../../client-protocol.ts'
import { Fifo } from '../../support/fifo.ts'
import type { Done } from './taken.ts'

/** What waits for a first reader. The oldest gives way, and a gap stands in its place. */
const WAITING_MESSAGES = 1_000
const WAITING_BYTES = 1_048_576

/** A message, or a gap between messages: `isTold` to the listeners. */
export type Waiting<In> =
  | {
      readonly bytes: number
      readonly message: In
      /** Runs when the app is done with it. */
      readonly done: Done | undefined
      readonly gap?: undefined
    }
  | { readonly bytes: number; readonly gap: Gap; readonly isReported: boolean }

/** What has come and is not given to the app, in order. */
export class WaitingRoom<In> {
  readonly #items = new Fifo<Waiting<In>>()
  #bytes = 0

  get length(): number {
    return this.#items.length
  }

  get bytes(): number {
    return this.#bytes
  }

  /** More than may wait without a reader. */
  get isTooFull(): boolean {
    return this.length > WAITING_MESSAGES || (this.#bytes > WAITING_BYTES && this.length > 1)
  }

  push(item: Waiting<In>): void {
    this.#items.push(item)
    this.#bytes += item.bytes
  }

  /** Takes the oldest out. */
  shift(): Waiting<In> | undefined {
    const item = this.#items.shift()
    this.#bytes -= item?.bytes ?? 0
    return item
  }
}
