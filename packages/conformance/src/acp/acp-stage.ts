import { randomBytes } from 'node:crypto'
import { pause } from '@holdfast/contract'
import { isCount, type Json, objectOf } from '../checking/json.ts'
import type { Stage } from '../checking/rows.ts'
import { addressOf, type ServerTarget } from '../checking/target.ts'
import { messageOf } from './acp-messages.ts'
import { AcpPeer, type AcpPeerOptions, sessionIn } from './acp-peer.ts'
import { HttpPeer } from './http-peer.ts'

/** Where clients of ACP connect. */
const PATH = '/acp'

/** Clients of one server, and their sessions. */
export class AcpStage implements Stage {
  readonly target: ServerTarget
  readonly #peers: AcpPeer[] = []
  readonly #overHttp: HttpPeer[] = []
  readonly #end = new AbortController()

  constructor(target: ServerTarget) {
    this.target = target
  }

  /** Opens a WebSocket, and does not wait for anything. */
  dial(options: AcpPeerOptions = { token: this.target.token }): AcpPeer {
    const peer = new AcpPeer(addressOf(this.target.url, 'ws', PATH, []), this.target, options)
    this.#peers.push(peer)
    return peer
  }

  /** A client that knows nothing of the extension. */
  plain(): Promise<AcpPeer> {
    return this.dial().initialize()
  }

  /** A client with the extension: a new one, unless `asked` names it and where it was. */
  resumable(asked: Json = { client: newClient() }): Promise<AcpPeer> {
    return this.dial().initialize(asked)
  }

  /** A client over HTTP, before it has sent anything. */
  http(): HttpPeer {
    const peer = new HttpPeer(addressOf(this.target.url, 'http', PATH, []), this.target)
    this.#overHttp.push(peer)
    return peer
  }

  /** The parameters of `session/new`. */
  get newSession(): Json {
    return { cwd: this.target.folder ?? '.', mcpServers: [] }
  }

  /** A new session of a client with the extension. */
  async session(peer: AcpPeer): Promise<string> {
    const id = peer.newId()
    peer.write({ id, method: 'session/new', params: this.newSession })
    return sessionIn(await peer.answer(id))
  }

  pause(ms: number): Promise<void> {
    return pause(this.target.clock, ms, this.#end.signal).then(() => {})
  }

  async close(): Promise<void> {
    this.#end.abort()
    for (const peer of this.#peers) peer.drop()
    for (const peer of this.#overHttp) peer.close()
  }
}

/** A random name for a client object. */
export function newClient(): string {
  return `conformance-${randomBytes(6).toString('hex')}`
}

/** `session/prompt` with a text. */
export function promptOf(id: unknown, sessionId: string, text: string): Json {
  return { id, method: 'session/prompt', params: { sessionId, prompt: [{ type: 'text', text }] } }
}

/** Writes a prompt; its id. */
export function prompt(peer: AcpPeer, sessionId: string, text: string): string {
  const id = peer.newId()
  peer.write(promptOf(id, sessionId, text))
  return id
}

/** A conversation of a client with the extension, whose first turn is over. */
export interface Conversation {
  readonly client: string
  readonly peer: AcpPeer
  readonly sessionId: string
}

/** A client with a session, in which the agent has said this. */
export async function conversation(stage: AcpStage, said?: string): Promise<Conversation> {
  const client = newClient()
  const peer = await stage.resumable({ client })
  const sessionId = await stage.session(peer)
  if (said !== undefined) await peer.answer(prompt(peer, sessionId, `say ${said}`))
  return { client, peer, sessionId }
}

/** The same client on another link: it has everything up to `after`, or what is given instead. */
export async function back(
  stage: AcpStage,
  { client, peer }: Conversation,
  after: number = peer.last,
  more: Json = {},
): Promise<AcpPeer> {
  peer.drop()
  const next = await stage.resumable({ client, epoch: peer.offer['epoch'], after, positions: [], ...more })
  next.sent = peer.sent
  return next
}

/** Where a message comes from. */
export function fromOf(frame: Json): { readonly sessionId: unknown; readonly seq: number; readonly part: number } {
  const { sessionId, seq, part } = objectOf(frame['from'])
  return { sessionId, seq: isCount(seq) ? seq : -1, part: isCount(part) ? part : 0 }
}

/** The reason with which a turn ended. */
export function stopReasonOf(answer: Json): unknown {
  return objectOf(messageOf(answer)['result'])['stopReason']
}
