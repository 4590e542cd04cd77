import { type Clock, Connection, type SseEvent, type Transport } from '@holdfast/core'
import type { Random } from '@holdfast/core/contract'
import { HubClient, HubObserver } from '@holdfast/hub'
import { encodeConfirmation, type ResumeOffer } from '@holdfast/protocol/shell'
import { SessionSubscription } from '@holdfast/sessions'
import { ShellSession, shellEndpoint } from '@holdfast/shell'
import { encodeFrame } from '@holdfast/shell-framing'
import { TrackerAgent } from '@holdfast/tracker'

/** What a client is made of. Without clock and random they are the system's. */
export interface Surroundings {
  readonly transport: Transport
  readonly stream: Transport<SseEvent, never>
  /** Of the server, as `http:` or `https:`. */
  readonly url: string
  readonly clock?: Clock
  readonly random?: Random
}

/** A client of any kind. */
export interface AnyClient {
  connect(): Promise<unknown>
  isOpen(): boolean
  isOver(): boolean
  explain(): string
  /** Says something that the server is to get, where the wire has that. */
  say?(text: string): void
  close(): Promise<unknown>
}

/** One of the six, and how a server lets it in, with our extension or without. */
export interface Kind {
  readonly name: string
  /** What it carries to the server, as a part of a frame. */
  readonly said: ((text: string) => string) | undefined
  make(surroundings: Surroundings): AnyClient
  /** The frames after the upgrade, of a stream its events; `again`: it was here before. */
  welcome(wire: Wire, again: boolean): readonly (string | Uint8Array)[]
  /** The frames that answer what the client says. */
  answer?(frame: string): readonly string[]
}

/** Our own wire, or that of the published servers. */
export type Wire = 'ours' | 'published'

const RESUME = { v: 1, epoch: 'e1', seq: 0, resumed: false }
const HUB_INIT = { type: 'init', role: 'lead', sessionId: 's1' }
const SNAPSHOT = {
  ...{ sessionId: 's1', label: 'l', status: 'running', createdAt: '2024-01-01T00:00:00Z', mode: 'tui' },
  ...{ participants: [], taskCount: 0, agentActivity: {} },
}
const OFFER: ResumeOffer = {
  ...{ v: 1, epoch: 'e1', role: 'writer', out: 0, live: 0, in: 0, lease: 'lease-1', window: 196_608 },
  ...{ maxFrame: 65_536, ring: 262_144, size: { width: 80, height: 24 }, retainMs: 900_000 },
}

const offered = (wire: Wire): { readonly holdfast?: object } => (wire === 'ours' ? { holdfast: RESUME } : {})
const pong = (frame: string): readonly string[] =>
  frame.includes('"type":"ping"') ? [JSON.stringify({ type: 'pong', timestamp: 1 })] : []

const custom: Kind = {
  name: 'a Connection of its own protocol',
  said: (text) => text,
  make: ({ transport, url, clock, random }) => {
    const target = url.replace(/^http/, 'ws')
    const connection = new Connection({ transport, target, clock, random })
    return {
      connect: () => connection.connect(),
      isOpen: () => connection.state === 'open',
      isOver: () => connection.state === 'closed',
      explain: () => connection.explain(),
      say: (text) => void connection.send({ text }),
      close: () => connection.close({ flushMs: 0 }),
    }
  },
  welcome: () => [],
}

const hubClient: Kind = {
  name: 'HubClient',
  said: (text) => text,
  make: (surroundings) => {
    const hub = new HubClient({ ...surroundings, sessionId: 's1', role: 'lead', token: 'key', onMessage: () => {} })
    return {
      connect: () => hub.connect(),
      isOpen: () => hub.isConnected,
      isOver: () => hub.status.state === 'closed',
      explain: () => hub.explain(),
      say: (text) => void hub.sessionEntry('path', text),
      close: () => hub.close({ flushMs: 0 }),
    }
  },
  welcome: (wire) => [JSON.stringify({ ...HUB_INIT, ...offered(wire) })],
  answer: pong,
}

const observer: Kind = {
  name: 'HubObserver over an event stream',
  said: undefined,
  make: ({ stream, ...surroundings }) => {
    const hub = new HubObserver({
      ...surroundings,
      transport: stream,
      sessionId: 's1',
      token: 'key',
      onMessage: () => {},
    })
    return {
      connect: () => hub.connect(),
      isOpen: () => hub.isConnected,
      isOver: () => hub.status.state === 'closed',
      explain: () => hub.explain(),
      close: () => hub.close(),
    }
  },
  welcome: (wire) => [
    JSON.stringify({ event: 'snapshot', data: JSON.stringify({ ...SNAPSHOT, ...offered(wire) }), id: '' }),
  ],
}

const sessions: Kind = {
  name: 'SessionSubscription',
  said: (text) => text,
  make: (surroundings) => {
    const session = new SessionSubscription({ ...surroundings, sessionId: 's1', token: 'token', onMessage: () => {} })
    return {
      connect: () => session.connect(),
      isOpen: () => session.isConnected,
      isOver: () => session.status.state === 'closed',
      explain: () => session.explain(),
      say: (text) =>
        void session.sendControlResponse({ subtype: 'success', request_id: 'p1', response: { behavior: text } }),
      close: () => session.close({ flushMs: 0 }),
    }
  },
  welcome: () => [],
}

const tracker: Kind = {
  name: 'TrackerAgent',
  said: (text) => text,
  make: (surroundings) => {
    const agent = new TrackerAgent({ ...surroundings, token: 'token', onEvent: () => {} })
    return {
      connect: () => agent.connect(),
      isOpen: () => agent.isConnected,
      isOver: () => agent.status.state === 'closed',
      explain: () => agent.explain(),
      say: (text) => void agent.sendChatMessage('chat', text),
      close: () => agent.close({ flushMs: 0 }),
    }
  },
  welcome: () => [],
  answer: (frame) => {
    if (frame.includes('"type":"auth"'))
      return [JSON.stringify({ type: 'auth.ok', data: { lobby_chat_id: 'l', projects: [], online: [] } })]
    return frame.includes('"type":"heartbeat"') ? [JSON.stringify({ type: 'heartbeat.ack' })] : []
  },
}

const shell: Kind = {
  name: 'ShellSession',
  // Typed input that may have arrived is not typed again; the shell continues.
  said: undefined,
  make: ({ url, ...surroundings }) => {
    const connect = shellEndpoint({ url: url.replace(/^http/, 'ws'), token: () => 'token' })
    const session = new ShellSession({ ...surroundings, target: connect, shellId: 's1', output: 'discard' })
    return {
      connect: () => session.connect(),
      isOpen: () => session.status.state === 'open',
      isOver: () => session.ending !== undefined,
      explain: () => session.explain(),
      close: () => session.detach(),
    }
  },
  welcome: (wire, reconnected) => {
    const holdfast = wire === 'ours' ? OFFER : undefined
    return [encodeFrame('status', encodeConfirmation({ shellId: 's1', reconnected, bytesDropped: 0, holdfast }))]
  },
}

export const SIX_CLIENTS: readonly Kind[] = [custom, hubClient, observer, sessions, tracker, shell]
