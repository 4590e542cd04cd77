import { type ClientProtocol, Connection, jsonText, messagePing } from '@holdfast/core'
import { HubClient } from '@holdfast/hub'
import {
  type DurableOutbox,
  OutboxError,
  type OutboxOptions,
  openOutbox,
  type SettledMessage,
} from '@holdfast/outbox-indexeddb'
import { browserWebSocket } from '@holdfast/transport-browser'

/** A message of the page: a command, which a lead runs; a plain server gets it as it is. */
export interface Command {
  readonly type: 'command'
  readonly id: string
  readonly name: string
  readonly args: string
}

type Delivery = 'ordered' | 'retry' | 'once'
type Told = Omit<SettledMessage<Command>, 'error' | 'message'> & { readonly args: string; readonly code?: string }

/** What a test may ask of the page. */
export interface OutboxPage {
  /** Opens the outbox; the code of the error where that fails. */
  open(maxBytes?: number): Promise<string | undefined>
  /** Dials the hub, or the plain server. */
  connect(): void
  closeClient(): Promise<void>
  state(): string
  /** Resolves when it is stored; with the code of the error where it is not. */
  send(args: string, delivery?: Delivery): Promise<string | undefined>
  /** As `send()`, of so many characters that cannot be compressed, as the browser does with others. */
  sendNoise(characters: number): Promise<string | undefined>
  pending(): readonly string[]
  bytes(): number
  settled(): readonly Told[]
  problems(): readonly string[]
  save(state: unknown): Promise<void>
  checkpoint(): unknown
  clear(): Promise<void>
  /** Texts of the events that came. */
  events(): readonly string[]
  /** Another tab with a copy of this one's session storage. */
  duplicate(): void
}

declare global {
  var outboxPage: OutboxPage
}

// Read behind #: hub or plain, name, session, token.
const address = new URLSearchParams(location.hash.slice(1))
const name = address.get('name') ?? ''
const settled: Told[] = []
const problems: string[] = []
const events: string[] = []
let outbox: DurableOutbox<Command>
let client: HubClient | Connection

/** Links are cut more often than the defaults let a client dial. */
const retry = { baseMs: 20, firstMs: 20, capMs: 200, limits: [], flapLimits: [] }

const codeOf = (error: unknown): string => (error instanceof OutboxError ? error.code : String(error))

/** A pong proves that what was written before it has arrived. */
const PINGING: ClientProtocol<unknown, unknown> = {
  name: 'pinging',
  codec: jsonText(),
  liveness: messagePing({
    ping: () => ({ type: 'ping' }),
    isPong: (message) => Object(message).type === 'pong',
  }),
}

function newClient(): HubClient | Connection {
  const transport = browserWebSocket({ classify: false })
  const plain = address.get('plain')
  if (plain !== null)
    return new Connection({ transport, target: plain, retry, protocol: address.has('pings') ? PINGING : undefined })
  return new HubClient({
    ...{ transport, retry, role: 'controller', after: outbox.position },
    url: address.get('hub') ?? '',
    sessionId: address.get('session') ?? '',
    token: address.get('token') ?? '',
    onMessage: (message) => {
      if (message.type === 'broadcast') events.push(String(Object(message['data']).text))
    },
  })
}

globalThis.outboxPage = {
  async open(maxBytes) {
    const options: OutboxOptions<Command> = {
      ...{ name, maxBytes, idOf: ({ id }) => id },
      onSettled: ({ message, error, ...told }) =>
        void settled.push({
          ...{ id: told.id, outcome: told.outcome, isEarlier: told.isEarlier, args: message.args },
          ...(error === undefined ? {} : { code: String(Object(error).code) }),
        }),
      onProblem: (error) => void problems.push(codeOf(error)),
    }
    try {
      outbox = await openOutbox(options)
      return undefined
    } catch (error) {
      return codeOf(error)
    }
  },
  connect() {
    client = newClient()
    outbox.attach(client)
    client.connect().catch(() => {})
  },
  closeClient: () => client.close({ flushMs: 0 }),
  state: () => client.status.state,
  async send(args, delivery) {
    try {
      await outbox.send({ type: 'command', id: `m-${crypto.randomUUID()}`, name: 'run', args }, { delivery })
      return undefined
    } catch (error) {
      return codeOf(error)
    }
  },
  sendNoise(characters) {
    const noise = Array.from({ length: characters / 32 }, () => crypto.randomUUID().replaceAll('-', ''))
    return globalThis.outboxPage.send(noise.join(''))
  },
  pending: () => outbox.pending.map(({ message }) => message.args),
  bytes: () => outbox.bytes,
  settled: () => settled,
  problems: () => problems,
  save: (state) => outbox.save(state),
  checkpoint: () => outbox.checkpoint?.state,
  clear: () => outbox.clear(),
  events: () => events,
  duplicate: () => void window.open(location.href),
}
document.title = 'ready'
