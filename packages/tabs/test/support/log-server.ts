import {
  type ClientProtocol,
  Connection,
  type HandshakeResult,
  HoldfastError,
  jsonText,
  OpenError,
  type Transport,
} from '@holdfast/core'
import { CHANNEL_DEFAULTS, type DefinedChannel, defineChannel, type Random } from '@holdfast/core/contract'
import type { Shared, SharedPosition } from '../../src/index.ts'
import type { Page } from './origin.ts'

/** A message of the log, as clients get it. */
export interface Entry {
  readonly seq: number
  readonly text: string
}

type FromServer =
  | Entry
  | { readonly welcome: true; readonly seq: number; readonly resumed: boolean }
  | { readonly acked: readonly string[] }
type ToServer =
  | { readonly hello: true; readonly after?: number | undefined }
  | { readonly text: string; readonly id?: string }

const EPOCH = 'log'

/** Keeps a log, gives every link what comes after its position, takes each id once. */
export class LogServer {
  readonly log: Entry[] = []
  readonly #ids = new Set<string>()
  readonly #links = new Map<DefinedChannel<string, string>, Page>()
  /** Those that have said where they are. */
  readonly #live = new Map<DefinedChannel<string, string>, (message: FromServer) => void>()
  readonly #latency: () => number
  dials = 0
  /** Dials are refused. */
  isDown = false

  constructor(latency: () => number = () => 5) {
    this.#latency = latency
  }

  get linkCount(): number {
    return this.#links.size
  }

  add(text: string): void {
    const entry = { seq: this.log.length + 1, text }
    this.log.push(entry)
    for (const send of this.#live.values()) send(entry)
  }

  cut(): void {
    for (const [channel, page] of [...this.#links]) page.runs(0, () => channel.ended())
  }

  #came(message: ToServer, channel: DefinedChannel<string, string>, send: (message: FromServer) => void): void {
    if ('hello' in message) {
      const { after } = message
      send({ welcome: true, seq: this.log.length, resumed: after !== undefined })
      for (const entry of after === undefined ? [] : this.log.slice(after)) send(entry)
      this.#live.set(channel, send)
      return
    }
    const { id = '', text } = message
    if (!this.#ids.has(id)) this.add(text)
    this.#ids.add(id)
    send({ acked: [id] })
  }

  transportOf(page: Page): Transport {
    const open: Transport['open'] = async () => {
      this.dials += 1
      if (this.isDown) throw new OpenError('The server is away.')
      let isOn = true
      const channel: DefinedChannel<string, string> = defineChannel<string, string>(
        {
          traits: { binary: false, ping: false, pause: false, requestHeaders: true },
          opening: { protocol: '' },
          send: (frame) => {
            if (page.isGone) return
            page.whenGone(() => this.#forget(channel))
            this.#later(() => isOn && this.#came(JSON.parse(frame), channel, send), page)
          },
          free: () => {
            isOn = false
            this.#forget(channel)
          },
          sink: (given) => given,
        },
        { ...CHANNEL_DEFAULTS, clock: page.clock },
      )
      const send = (message: FromServer): void =>
        page.inOrder(this.#latency(), () => isOn && channel.frame(JSON.stringify(message)))
      this.#links.set(channel, page)
      const given: unknown = channel
      return given as Awaited<ReturnType<Transport['open']>>
    }
    return {
      name: 'log',
      traits: { binary: false, ping: false, pause: false, requestHeaders: true },
      liveness: 'none',
      open,
    }
  }

  #forget(channel: DefinedChannel<string, string>): void {
    this.#links.delete(channel)
    this.#live.delete(channel)
  }

  /** What is on its way arrives, whatever becomes of the page. */
  #later(run: () => void, page: Page): void {
    page.afterwards(this.#latency(), run)
  }

  /** The connection that tabs share. */
  shared(page: Page, after: SharedPosition | undefined, random: Random): Shared<Entry, { readonly text: string }> {
    let seq = after?.seq
    const connection = new Connection<Entry, { readonly text: string }>({
      transport: this.transportOf(page),
      target: 'log:',
      protocol: logProtocol(
        () => seq,
        (at) => (seq = at),
      ),
      clock: page.clock,
      random,
      retry: { limits: [], flapLimits: [] },
    })
    return {
      connection,
      positionOf: (message) => ({ epoch: EPOCH, seq: message.seq }),
      start: () => (seq === undefined ? undefined : { epoch: EPOCH, seq }),
    }
  }
}

function logProtocol(
  position: () => number | undefined,
  goesTo: (seq: number) => void,
): ClientProtocol<Entry, { readonly text: string }> {
  const codec = jsonText<never, unknown>()
  const protocol: unknown = {
    name: 'log',
    codec,
    delivery: { byDefault: 'ordered', stamp: (message: object, { id }: { id: string }) => ({ ...message, id }) },
    async handshake(link: {
      send(message: ToServer): void
      next(matches: (message: FromServer) => boolean): Promise<FromServer>
    }): Promise<HandshakeResult> {
      link.send({ hello: true, after: position() })
      const welcome = await link.next((message) => 'welcome' in message)
      if (!('welcome' in welcome)) throw new HoldfastError('log/no_welcome', 'No welcome.')
      if (!welcome.resumed) goesTo(welcome.seq)
      return { resumed: welcome.resumed }
    },
    receive(message: FromServer, context: { acked(ack: { ids: readonly string[] }): void }): boolean {
      if ('acked' in message) context.acked({ ids: message.acked })
      else if ('text' in message) {
        goesTo(message.seq)
        return false
      }
      return true
    },
  }
  return protocol as ClientProtocol<Entry, { readonly text: string }>
}
