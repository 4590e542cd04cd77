import type { ServerResponse } from 'node:http'
import { type CarriedItem, itemText } from '@holdfast/contract/over-http'
import { keepPrivate } from '../http/json-response.ts'

/** What goes to a client over HTTP, whichever way. */
export interface Downstream {
  send(item: CarriedItem): void
  /** Nothing comes after it. Without a close before it the link was lost. */
  end(): void
  /** Every so often: keeps what is on the way from taking silence for the end. */
  tick(): void
  /** Ends it at once; what waits is lost. */
  destroy(): void
}

/** What a {@link Downstream} reports. */
export interface DownstreamEvents {
  /** Whether more may come, as far as this client reads. */
  setReading(isWanted: boolean): void
  /** There is no listener any more. */
  gone(): void
}

/** Items as they come, in one answer that does not end. */
export class EventDownstream implements Downstream {
  readonly #response: ServerResponse
  readonly #events: DownstreamEvents
  /** It had ended at the last tick, and not everything had left. */
  #isLeaving = false

  constructor(response: ServerResponse, events: DownstreamEvents) {
    this.#response = response
    this.#events = events
    keepPrivate(response)
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      // Proxies that compress or buffer would hold events back.
      'content-encoding': 'identity',
      'x-accel-buffering': 'no',
    })
    response.on('drain', () => events.setReading(true))
    response.on('error', () => events.gone())
    response.on('close', () => events.gone())
  }

  send(item: CarriedItem): void {
    this.#write(`data: ${itemText(item)}\n\n`)
  }

  end(): void {
    this.#response.end()
  }

  tick(): void {
    // A client that reads nothing for a whole turn does not get what is left, and holds no place.
    if (this.#isLeaving) return this.destroy()
    this.#isLeaving = this.#response.writableEnded
    if (this.#isLeaving) return
    if (this.#response.writableLength === 0) this.#write(':\n\n')
  }

  destroy(): void {
    this.#response.destroy()
  }

  #write(text: string): void {
    if (this.#response.writableEnded || this.#response.destroyed) return
    if (!this.#response.write(text)) this.#events.setReading(false)
  }
}
