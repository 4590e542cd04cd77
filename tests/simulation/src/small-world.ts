import {
  Connection,
  type ConnectionOptions,
  type HandshakeResult,
  type Transport,
  type WebSocketChannel,
  type WebSocketFrame,
} from '@holdfast/core'
import {
  type MemoryLink,
  type SeededRandom,
  type SimulatedNetwork,
  seededRandom,
  simulatedNetwork,
  VirtualClock,
  type VirtualProcess,
} from '@holdfast/testkit'
import { ManualSignals } from './wake-signals.ts'

/** Whatever JSON says. */
export interface Message {
  readonly [name: string]: unknown
}

type Options<Out> = ConnectionOptions<Message, Out, WebSocketFrame, WebSocketFrame, HandshakeResult | undefined>

/** What the server does with an accepted dial; by default it listens. */
export type Serving = (channel: WebSocketChannel, clock: VirtualClock, link: MemoryLink) => void

/** How a small world is. */
export interface SmallWorldOptions {
  readonly latencyMs?: number | undefined
  readonly serve?: Serving | undefined
  /** What the server does with a message. */
  readonly heard?: ((channel: WebSocketChannel, message: Message) => void) | undefined
}

/** One client with the engine's defaults against a plain server, for one question at a time. */
export class SmallWorld {
  readonly clock = new VirtualClock()
  readonly engine: VirtualProcess
  readonly #card: VirtualProcess
  readonly random: SeededRandom
  readonly network: SimulatedNetwork
  readonly signals = new ManualSignals()
  /** The server's ends, the newest last. */
  readonly channels: WebSocketChannel[] = []
  readonly headers: Readonly<Record<string, string>>[] = []
  /** When each dial began. */
  readonly dials: number[] = []
  /** Why usable connections ended. */
  readonly drops: string[] = []
  /** Why a dial fails before it leaves; undefined: it does not. */
  dialError: (() => Error | undefined) | undefined
  exchange: Transport['exchange']

  constructor(seed: number | string, options: SmallWorldOptions = {}) {
    this.random = seededRandom(seed)
    this.engine = this.clock.process()
    this.#card = this.clock.process()
    this.network = simulatedNetwork({
      clock: this.clock,
      random: this.random.fork('network'),
      conditions: { latencyMs: options.latencyMs ?? 0 },
    })
    this.network.listen((request) => {
      const channel = request.accept()
      this.channels.push(channel)
      this.headers.push(request.headers)
      const frame = (wire: WebSocketFrame): void => {
        if (typeof wire === 'string') options.heard?.(channel, JSON.parse(wire))
      }
      channel.start({ frame, closed: () => {} })
      options.serve?.(channel, this.clock, request.link)
    })
  }

  connection<Out = unknown>(options: Partial<Options<Out>> = {}): Connection<Message, Out> {
    const transport = this.network.transportFor({ clock: this.#card })
    const connection = new Connection({
      transport: {
        ...transport,
        exchange: this.exchange,
        open: (target, how) => {
          this.dials.push(this.clock.now())
          const error = this.dialError?.()
          if (error !== undefined) return Promise.reject(error)
          return transport.open(target, how)
        },
      },
      target: 'ws://server/',
      clock: this.engine,
      random: this.random.fork('engine'),
      signals: this.signals,
      ...options,
    })
    this.#watch(connection)
    return connection
  }

  /** The same over another transport. */
  connectionOver(
    transport: Transport<string, string>,
    options: Partial<ConnectionOptions<Message, unknown, string, string, HandshakeResult | undefined>>,
  ): Connection<Message> {
    const connection = new Connection({
      transport,
      target: 'ws://server/',
      clock: this.engine,
      random: this.random.fork('engine'),
      ...options,
    })
    this.#watch(connection)
    return connection
  }

  #watch(connection: Pick<Connection, 'on'>): void {
    connection.on('dropped', ({ cause }) => this.drops.push('rule' in cause ? `liveness ${cause.rule}` : cause.kind))
  }

  /** The machine sleeps: neither the engine's timers nor the network reach it. */
  sleep(ms: number, monotonic: boolean): void {
    this.engine.sleep(ms, { monotonic })
    this.#card.sleep(ms, { monotonic })
  }

  /** What the client has left: timers, links, listeners. */
  left(): { readonly timers: number; readonly links: number; readonly listeners: number } {
    return { timers: this.engine.pending, links: this.network.links.length, listeners: this.signals.listening }
  }
}
