import type { SseEvent, Transport, WebSocketChannel } from '@holdfast/core'
import { leakGuard, type RefuseOptions, seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import type { AnyClient, Kind, Wire } from './six-clients.ts'

/** One client and one server in virtual time, with something in between that answers in the server's place when told. */
export class MemoryWorld {
  readonly clock: VirtualClock = new VirtualClock()
  readonly #network = simulatedNetwork({ clock: this.clock })
  readonly #listener: { close(): void }
  readonly #channels = new Set<WebSocketChannel>()
  readonly client: AnyClient
  /** What the server got. */
  readonly heard: string[] = []
  /** Instead of the server. */
  inBetween: RefuseOptions | undefined
  dials = 0
  #welcomes = 0

  constructor(kind: Kind, wire: Wire) {
    this.#listener = this.#network.listen((request) => {
      this.dials += 1
      if (this.inBetween !== undefined) return request.refuse(this.inBetween)
      const channel = request.accept()
      this.#channels.add(channel)
      channel.start({
        frame: (frame) => {
          this.heard.push(String(frame))
          for (const answer of kind.answer?.(String(frame)) ?? []) channel.send(answer)
        },
        closed: () => this.#channels.delete(channel),
      })
      for (const frame of kind.welcome(wire, this.#welcomes > 0)) channel.send(frame)
      this.#welcomes += 1
    })
    const { transport } = this.#network
    this.client = kind.make({
      ...{ transport, stream: asStream(transport), url: 'http://server.example' },
      ...{ clock: this.clock, random: seededRandom(1) },
    })
  }

  /** The server's process ends, and links with it. */
  cut(): void {
    for (const channel of [...this.#channels]) channel.terminate()
  }

  until(holds: () => boolean, withinMs?: number): Promise<unknown> {
    return this.clock.runUntil(holds, withinMs)
  }

  async end(): Promise<void> {
    await this.clock.passing(this.client.close())
    this.#listener.close()
    await this.clock.advance(60_000)
    leakGuard({ clock: this.clock, network: this.#network }).noLeaks()
  }
}

/** An event stream over the memory network: a frame is one event as JSON. */
function asStream(transport: Transport): Transport<SseEvent, never> {
  return {
    name: 'events',
    traits: transport.traits,
    liveness: transport.liveness,
    open: async (target, options) => {
      const channel = await transport.open(target, options)
      const { traits, opening } = channel
      return {
        ...{ traits, opening, bufferedBytes: 0 },
        start: (sink) =>
          channel.start({
            frame: (frame) => sink.frame(JSON.parse(String(frame))),
            closed: ({ clean }) => sink.closed({ reason: '', clean }),
          }),
        send: () => {},
        drained: () => Promise.resolve(),
        pause: () => channel.pause(),
        resume: () => channel.resume(),
        ping: () => {},
        close: () => channel.terminate(),
        terminate: () => channel.terminate(),
      }
    },
  }
}
