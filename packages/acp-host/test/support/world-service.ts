import {
  acpSessionOf,
  isJsonRpcRequest,
  isJsonRpcResponse,
  type JsonRpcMessage,
  type JsonRpcRequest,
  jsonRpcFailureOf,
} from '@holdfast/protocol/acp'
import type { AcpConnection, AcpPeer, AcpService, EarlierConnection } from '../../src/index.ts'
import type { AgentWorld, WorldRecord, WorldSession } from './agent-world.ts'

/** What one gateway makes of an {@link AgentWorld}: it forgets everything when it dies. */
export class WorldService implements AcpService {
  readonly #world: AgentWorld
  readonly #connections = new Set<WorldConnection>()
  /** Everything that clients sent, as it came. */
  readonly received: JsonRpcMessage[] = []
  #ids = 0

  constructor(world: AgentWorld) {
    this.#world = world
  }

  connect(peer: AcpPeer, earlier?: EarlierConnection): AcpConnection {
    this.#ids += 1
    const connection = new WorldConnection(this.#world, peer, peer.clientId ?? `#${this.#ids}`, (message) =>
      this.received.push(message),
    )
    this.#connections.add(connection)
    for (const { sessionId, seq } of earlier?.sessions ?? []) connection.follow(sessionId, seq)
    return connection
  }

  get size(): number {
    return [...this.#connections].filter(({ isOver }) => !isOver).length
  }

  /** As with kill -9: nothing is told to anybody. */
  die(): void {
    for (const connection of this.#connections) connection.closed()
  }

  async close(): Promise<void> {
    this.die()
  }
}

class WorldConnection implements AcpConnection {
  readonly #world: AgentWorld
  readonly #peer: AcpPeer
  readonly #client: string
  readonly #seen: (message: JsonRpcMessage) => void
  readonly #undo: (() => void)[] = []
  #keys = 0
  isOver = false

  constructor(world: AgentWorld, peer: AcpPeer, client: string, seen: (message: JsonRpcMessage) => void) {
    this.#world = world
    this.#peer = peer
    this.#client = client
    this.#seen = seen
  }

  receive(message: JsonRpcMessage, key?: string): void {
    if (this.isOver) return
    this.#seen(message)
    this.#keys += 1
    if (isJsonRpcResponse(message)) return this.#world.answered(message)
    if (isJsonRpcRequest(message)) this.#request(message, key ?? `#${this.#keys}`)
  }

  detached(): void {}
  attached(): void {}

  closed(): void {
    this.isOver = true
    for (const undo of this.#undo.splice(0)) undo()
  }

  /** From behind a record on. */
  follow(sessionId: string, seq: number): void {
    const session = this.#world.sessions.get(sessionId)
    if (session === undefined) return this.#peer.gap?.(sessionId, 'unknown-session')
    void this.#follows(session, seq)
  }

  /** The history no faster than it is taken, then what happens. */
  async #follows(session: WorldSession, seq: number): Promise<void> {
    for (let at = seq; at < session.records.length && !this.isOver; at += 1) {
      const record = session.records[at]
      if (record !== undefined) this.#tell(session, record)
      const taken = this.#peer.ready?.()
      if (taken !== undefined) await taken
    }
    if (this.isOver) return
    const follower = (record: WorldRecord): void => this.#tell(session, record)
    session.followers.add(follower)
    this.#undo.push(() => session.followers.delete(follower))
  }

  #request(request: JsonRpcRequest, key: string): void {
    switch (request.method) {
      case 'initialize':
        return this.#answer(request, { protocolVersion: 1, agentCapabilities: { loadSession: true } })
      case 'session/new': {
        const session = this.#world.newSession(`${this.#client}/${key}`)
        this.follow(session.id, session.records.length)
        return this.#answer(request, { sessionId: session.id })
      }
      case 'session/load':
        this.follow(acpSessionOf(request) ?? '', 0)
        return this.#answer(request, {})
      case 'session/prompt': {
        const session = this.#world.sessions.get(acpSessionOf(request) ?? '')
        if (session === undefined) return this.#peer.send(jsonRpcFailureOf(request.id, -32002, 'Resource not found'))
        this.#world.prompt(session, request, this.#client, key)
        const end = session.records.find(({ to }) => to?.client === this.#client && to.id === request.id)
        if (end !== undefined) this.#tell(session, end)
        return
      }
      default:
        return this.#peer.send(jsonRpcFailureOf(request.id, -32601, `"Method not found": ${request.method}`))
    }
  }

  #answer({ id }: JsonRpcRequest, result: object): void {
    this.#peer.send({ jsonrpc: '2.0', id, result })
  }

  #tell(session: WorldSession, { seq, messages, to }: WorldRecord): void {
    if (to !== undefined && to.client !== this.#client) return
    messages.forEach((message, part) => {
      this.#peer.send(message, { sessionId: session.id, seq, part })
    })
  }
}
