import {
  type Clock,
  type Connection,
  type Delivery,
  type HoldfastError,
  systemClock,
  type Timer,
  type WebSocketFrame,
} from '@holdfast/core'
import { socketError } from '../errors.ts'
import type { UndeliveredEvent } from '../events.ts'
import { type ReconnectingWebSocketOptions, WEBSOCKET_DEFAULTS } from '../options.ts'
import { SendOrder } from './send-order.ts'
import { type SocketData, sizeOf } from './socket-data.ts'

/** What was sent and waits to be written. */
interface Queued {
  readonly data: SocketData
  readonly bytes: number
  readonly delivery: Delivery
}

/** Who asked what becomes of a message. */
interface Asked {
  readonly sent: (delivery: Delivery) => void
  readonly refused: (error: HoldfastError) => void
}

/** The socket, as far as what it sends is concerned. */
interface OutgoingHost {
  readonly isOpen: () => boolean
  /** What is sent now goes nowhere. */
  readonly isOver: () => boolean
  readonly undelivered: (
    data: SocketData,
    state: UndeliveredEvent<SocketData>['state'],
    error: HoldfastError | undefined,
  ) => void
}

/** So long after a message the server is asked whether it has it, where it can be: a ping four times a second at most. */
const CONFIRM_MS = 250

/** What a socket sends through its connection: in order, within its bounds, and what did not arrive is reported. */
export class Outgoing {
  readonly #connection: Connection<WebSocketFrame, WebSocketFrame>
  readonly #host: OutgoingHost
  readonly #delivery: 'once' | 'retry' | undefined
  readonly #maxCount: number
  readonly #clock: Clock
  readonly #order: SendOrder
  #queued: Queued[] = []
  #newest: Delivery | undefined
  #asking: Timer | undefined
  /** Bytes that were sent after the end. */
  #discarded = 0

  constructor(
    connection: Connection<WebSocketFrame, WebSocketFrame>,
    options: ReconnectingWebSocketOptions,
    host: OutgoingHost,
  ) {
    this.#connection = connection
    this.#host = host
    this.#delivery = options.delivery
    this.#maxCount = options.maxEnqueuedMessages ?? Number.POSITIVE_INFINITY
    this.#clock = options.clock ?? systemClock
    this.#order = new SendOrder(options.maxQueuedBytes ?? WEBSOCKET_DEFAULTS.maxQueuedBytes)
  }

  /** What was sent and not written. */
  get bytes(): number {
    this.#prune()
    return this.#queued.reduce((sum, { bytes }) => sum + bytes, this.#order.bytes + this.#discarded)
  }

  /** Settles when no blob is being read any more; undefined: none is. */
  get idle(): Promise<void> | undefined {
    return this.#order.idle
  }

  send(data: SocketData, asked?: Asked): void {
    const refused = (error: HoldfastError): void => {
      this.#host.undelivered(data, 'rejected', error)
      asked?.refused(error)
    }
    if (this.#host.isOver()) {
      this.#discarded += sizeOf(data)
      return refused(socketError('websocket/closed'))
    }
    this.#order.add(data, {
      refused,
      frame: (frame, bytes) => {
        if (this.#isFull) return refused(socketError('websocket/queue_full'))
        const delivery = this.#connection.send(frame, { delivery: this.#delivery })
        this.#prune()
        if (delivery.state === 'queued') this.#queued.push({ data, bytes, delivery })
        delivery.whenSettled(() => this.#settled(data, delivery))
        this.#confirmSoon(delivery)
        asked?.sent(delivery)
      },
    })
  }

  /** Takes back what waits. */
  drain(): SocketData[] {
    this.#prune()
    const taken = this.#queued.filter(({ delivery }) => delivery.cancel()).map(({ data }) => data)
    return [...taken, ...this.#order.drain()]
  }

  /** The server is asked now: this link may end, or has ended. */
  confirmNow(): void {
    this.#asking?.cancel()
    this.#asking = undefined
    this.#newest?.done.catch(() => {})
    this.#newest = undefined
    this.#prune()
  }

  /** Little is in doubt after a drop where confirmations are asked for often; where none can be had, this does nothing. */
  #confirmSoon(delivery: Delivery): void {
    this.#newest = delivery
    this.#asking ??= this.#clock.after(CONFIRM_MS, () => this.confirmNow())
  }

  #settled(data: SocketData, { state, error }: Delivery): void {
    if (state !== 'rejected' && state !== 'inDoubt' && state !== 'dropped') return
    if (error?.code !== 'delivery/cancelled') this.#host.undelivered(data, state, error)
  }

  get #isFull(): boolean {
    if (this.#host.isOpen() || this.#maxCount === Number.POSITIVE_INFINITY) return false
    this.#prune()
    return this.#queued.length >= this.#maxCount
  }

  /** What waits is in order, so that what was written is at the head. */
  #prune(): void {
    const first = this.#queued.findIndex(({ delivery }) => delivery.state === 'queued')
    this.#queued = first < 0 ? [] : first === 0 ? this.#queued : this.#queued.slice(first)
  }
}
