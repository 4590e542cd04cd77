import type { Connection, Delivery } from '@holdfast/core'
import type { TrackerClientMessage } from '@holdfast/protocol/tracker'

/** Answers to events. What could not be acknowledged, for there was no link, is acknowledged on the next. Tracker §3.6. */
export class Acknowledgements {
  readonly #connection: Pick<Connection<never, TrackerClientMessage>, 'send'>
  readonly #maxOwed: number
  /** Ids to acknowledge once that can be done, the oldest first. */
  readonly #owed = new Set<string>()

  /** @param maxOwed more are forgotten, the oldest first */
  constructor(connection: Pick<Connection<never, TrackerClientMessage>, 'send'>, maxOwed: number) {
    this.#connection = connection
    this.#maxOwed = maxOwed
  }

  /** An ack that gets lost with its link is asked for: the event comes again and is acknowledged without being handled. */
  ack(id: string | undefined): void {
    const { state } = this.#send(id === undefined ? { type: 'ack' } : { type: 'ack', id })
    if (id === undefined) return
    if (state !== 'dropped') {
      this.#owed.delete(id)
      return
    }
    this.#owed.add(id)
    if (this.#owed.size <= this.#maxOwed) return
    for (const oldest of this.#owed) {
      this.#owed.delete(oldest)
      return
    }
  }

  /** The event was not handled, and is not going to be. */
  nack(id: string | undefined): void {
    this.#send({ type: 'nack', id, reason: 'handler failed' })
  }

  /** Acknowledges what could not be acknowledged before: what was handled without a link, and what came with the welcome. */
  settle(): void {
    const owed = [...this.#owed]
    this.#owed.clear()
    for (const id of owed) this.ack(id)
  }

  forget(): void {
    this.#owed.clear()
  }

  #send(message: TrackerClientMessage): Delivery {
    return this.#connection.send(message, { delivery: 'volatile' })
  }
}
