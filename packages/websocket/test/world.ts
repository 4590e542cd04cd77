import type { WebSocketChannel, WebSocketFrame } from '@holdfast/core/contract'
import { leakGuard, seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { LinkWebSocket, ReconnectingWebSocket } from '../src/index.ts'
import type { ReconnectingWebSocketOptions, SocketOptions } from '../src/options.ts'

/** A server in memory and the sockets that dial it, in virtual time. */
export class World implements AsyncDisposable {
  readonly clock: VirtualClock = new VirtualClock({ trackOrigins: true })
  readonly network: ReturnType<typeof simulatedNetwork> = simulatedNetwork({ clock: this.clock })
  /** What the server has, over all links. */
  readonly received: WebSocketFrame[] = []
  readonly channels: WebSocketChannel[] = []
  readonly dialed: { readonly url: string; readonly protocols: readonly string[]; readonly atMs: number }[] = []
  /** The status that dials are refused with. */
  refuses: number | undefined
  /** What the server does with what comes. @defaultValue nothing more */
  answer: (frame: WebSocketFrame, channel: WebSocketChannel) => void = () => {}
  readonly #sockets: { close(): void; readonly readyState: number }[] = []
  readonly #listener = this.network.listen((request) => {
    this.dialed.push({ url: request.url, protocols: request.protocols, atMs: this.clock.now() })
    if (this.refuses !== undefined) return request.refuse({ status: this.refuses })
    const channel = request.accept({ protocol: request.protocols[0] })
    this.channels.push(channel)
    channel.start({
      frame: (frame) => {
        this.received.push(frame)
        this.answer(frame, channel)
      },
      closed: () => {},
    })
  })

  #common({ pings = true }: { readonly pings?: boolean } = {}): SocketOptions & { readonly random: () => number } {
    const random = seededRandom('socket')
    return { transport: this.network.transportFor({ traits: { ping: pings } }), clock: this.clock, random }
  }

  staying(
    options: ReconnectingWebSocketOptions & { readonly pings?: boolean } = {},
    url: ConstructorParameters<typeof ReconnectingWebSocket>[0] = 'ws://server.example/',
    protocols: ConstructorParameters<typeof ReconnectingWebSocket>[1] = [],
  ): ReconnectingWebSocket {
    const { pings, ...rest } = options
    const socket = new ReconnectingWebSocket(url, protocols, { ...this.#common({ pings: pings ?? true }), ...rest })
    this.#sockets.push(socket)
    return socket
  }

  oneLink(options: SocketOptions & { readonly pings?: boolean } = {}): LinkWebSocket {
    const { pings, ...rest } = options
    const common = this.#common({ pings: pings ?? true })
    const socket = new LinkWebSocket('ws://server.example/', [], { ...common, ...rest })
    this.#sockets.push(socket)
    return socket
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.close()
    this.#listener.close()
    this.network.heal('reset')
    await this.clock.advance(60_000)
    leakGuard({ clock: this.clock, network: this.network }).noLeaks()
  }
}
