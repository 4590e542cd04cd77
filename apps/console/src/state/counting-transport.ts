import type { Transport, WebSocketChannel, WebSocketFrame } from '@holdfast/core'
import type { ChannelSink } from '@holdfast/core/contract'
import { HubEventCount } from '@holdfast/protocol/hub'

/** The number in the log that the hub puts at the end of a message (hub §11). */
const NUMBER = /"seq":(\d+),"anchor":"[\w-]*"(?:,"prev":\d+)?\}$/

/** Says where the log stands; no event of its own. */
const STATEMENT = /^\{"type":"(live|mark)"/

/** Looks at what comes over a transport, for the doctor: how many events came that had come before. */
export class CountingTransport implements Transport {
  readonly name: string
  readonly traits: Transport['traits']
  readonly liveness: Transport['liveness']
  /** Of the events as the page gets them. */
  readonly count: HubEventCount = new HubEventCount()
  /** Events that came again, which the client then dropped. */
  duplicates = 0
  /** The last event that came before the gateway said that all that was missed is sent; undefined before it said so. */
  liveAt: number | undefined
  readonly #transport: Transport
  #highest = 0

  constructor(transport: Transport) {
    this.#transport = transport
    this.name = transport.name
    this.traits = transport.traits
    this.liveness = transport.liveness
  }

  async open(...args: Parameters<Transport['open']>): Promise<WebSocketChannel> {
    const channel = await this.#transport.open(...args)
    const start = channel.start.bind(channel)
    channel.start = (sink) => start(this.#watched(sink))
    return channel
  }

  #watched(sink: ChannelSink<WebSocketFrame>): ChannelSink<WebSocketFrame> {
    return {
      frame: (frame) => {
        this.#look(frame)
        sink.frame(frame)
      },
      closed: (end) => sink.closed(end),
      ...(sink.pong === undefined ? {} : { pong: () => sink.pong?.() }),
    }
  }

  #look(frame: WebSocketFrame): void {
    if (typeof frame !== 'string') return
    this.count.arrived(frame)
    const statement = STATEMENT.exec(frame.slice(0, 20))?.[1]
    if (statement === 'live') this.liveAt = this.#highest
    if (statement !== undefined) return
    const number = Number(NUMBER.exec(frame.slice(-120))?.[1])
    if (Number.isNaN(number)) return
    if (number > this.#highest) this.#highest = number
    else this.duplicates++
  }
}
