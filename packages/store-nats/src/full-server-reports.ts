import type { Clock } from '@holdfast/contract'
import type { NatsConnection } from '@nats-io/transport-node'

/** A client of a full server asks again and again. */
const EVERY_MS = 1_000
const MAX_CHARS = 500

/**
 * What one gateway learns of a full server, passed to all that share the store: a stream whose leader had no room has no leader,
 * and does not answer the next request. Lasts as long as its connection.
 */
export class FullServerReports {
  readonly #nc: NatsConnection
  readonly #subject: string
  readonly #clock: Clock
  #reportedAt = Number.NEGATIVE_INFINITY

  constructor(nc: NatsConnection, prefix: string, clock: Clock, reported: (reason: string) => void) {
    this.#nc = nc
    this.#subject = `${prefix}.full`
    this.#clock = clock
    nc.subscribe(this.#subject, {
      callback: (error, message) => {
        // Where this subject is not allowed each gateway knows what it learns itself.
        if (error === null) reported(message.string().slice(0, MAX_CHARS))
      },
    })
  }

  report(reason: string): void {
    const now = this.#clock.now()
    if (now - this.#reportedAt < EVERY_MS || this.#nc.isClosed()) return
    this.#reportedAt = now
    this.#nc.publish(this.#subject, reason)
  }
}
