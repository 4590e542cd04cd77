import type { Delivery } from '@holdfast/core'
import type { HubOutgoing } from '../handshake.ts'

/** What {@link OfflineQueue} needs of its client. */
export interface OfflineQueueHost {
  readonly maxCount: number
  send(message: HubOutgoing): Delivery
  /** One more does not fit. */
  full(message: HubOutgoing): void
}

/**
 * The published queue outlives `close()`: what an ending leaves unsent goes out after the next `connect()`. Also knows
 * the messages behind the ids that errors name, since `send()` gives its caller none.
 */
export class OfflineQueue {
  readonly #host: OfflineQueueHost
  readonly #lost = new Map<string, HubOutgoing>()
  #queue: HubOutgoing[] = []

  constructor(host: OfflineQueueHost) {
    this.#host = host
  }

  send(message: HubOutgoing): void {
    const delivery = this.#host.send(message)
    delivery.whenSettled(() => this.#settled(delivery, message))
  }

  /** Of a client that is connecting again: in the order in which they were sent first. */
  sendQueued(): void {
    const queued = this.#queue
    this.#queue = []
    for (const message of queued) this.send(message)
  }

  /** The messages that an error names by these ids. All errors of one turn come together; nothing asks after them. */
  take(ids: readonly string[]): readonly HubOutgoing[] {
    queueMicrotask(() => this.#lost.clear())
    return ids.flatMap((id) => this.#lost.get(id) ?? [])
  }

  #settled(delivery: Delivery, message: HubOutgoing): void {
    const { id, state, error } = delivery
    if (error?.code === 'delivery/not_sent') return this.#queueAgain(message)
    if (state === 'inDoubt' || state === 'rejected') this.#lost.set(id, message)
  }

  #queueAgain(message: HubOutgoing): void {
    if (this.#queue.length < this.#host.maxCount) this.#queue.push(message)
    else this.#host.full(message)
  }
}
