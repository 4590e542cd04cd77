import { type ClientProtocol, Connection, type HandshakeResult, HoldfastError, jsonText } from '@holdfast/core'
import type { Random } from '@holdfast/core/contract'
import type { Shared, SharedPosition } from '../../src/index.ts'
import type { Page } from './origin.ts'
import { type ServerLink, ServerLinks } from './server-links.ts'

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
  readonly links: ServerLinks
  readonly #ids = new Set<string>()
  /** Those that have said where they are. */
  readonly #live = new Set<ServerLink>()

  constructor(latency: () => number = () => 5) {
    this.links = new ServerLinks(latency, {
      opened: () => {},
      came: (link, frame) => this.#came(JSON.parse(frame), link),
      left: (link) => this.#live.delete(link),
    })
  }

  add(text: string): void {
    const entry = { seq: this.log.length + 1, text }
    this.log.push(entry)
    for (const link of this.#live) send(link, entry)
  }

  #came(message: ToServer, link: ServerLink): void {
    if ('hello' in message) {
      const { after } = message
      send(link, { welcome: true, seq: this.log.length, resumed: after !== undefined })
      for (const entry of after === undefined ? [] : this.log.slice(after)) send(link, entry)
      this.#live.add(link)
      return
    }
    const { id = '', text } = message
    if (!this.#ids.has(id)) this.add(text)
    this.#ids.add(id)
    send(link, { acked: [id] })
  }

  /** The connection that tabs share. */
  shared(page: Page, after: SharedPosition | undefined, random: Random): Shared<Entry, { readonly text: string }> {
    let seq = after?.seq
    const connection = new Connection<Entry, { readonly text: string }>({
      transport: this.links.transportOf(page),
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

function send(link: ServerLink, message: FromServer): void {
  link.send(JSON.stringify(message))
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
