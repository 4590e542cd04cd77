import type { ServerResponse } from 'node:http'
import { type Clock, HoldfastError, type Timer } from '@holdfast/contract'
import type { Principal } from '@holdfast/gate'
import {
  acpSessionOf,
  isAcpSessionMethod,
  isJsonRpcRequest,
  isJsonRpcResponse,
  type JsonRpcId,
  type JsonRpcMessage,
  type JsonRpcRequest,
  type JsonRpcResponse,
  jsonRpcIdKey,
} from '@holdfast/protocol/acp'
import type { AcpConnection, AcpPeer, AcpService } from '../peer.ts'
import { type Deferred, deferred } from './deferred.ts'
import { EventMailbox } from './event-mailbox.ts'
import type { AcpEndpointLimits } from './limits.ts'

/** What a {@link HttpConnection} is made of. */
export interface HttpConnectionParts {
  readonly id: string
  readonly service: AcpService
  readonly principal: Principal
  /** The agent that it named. */
  readonly agent?: string | undefined
  readonly clock: Clock
  readonly limits: AcpEndpointLimits
  readonly ended: () => void
}

/** One client over HTTP: POSTs in, one event stream for the connection and one for each session out. ACP §1. */
export class HttpConnection implements AcpPeer {
  readonly id: string
  readonly principal: Principal
  readonly agent: string | undefined
  readonly #parts: HttpConnectionParts
  readonly #connection: AcpConnection
  readonly #own: EventMailbox
  readonly #sessions = new Map<string, EventMailbox>()
  /** Whose stream the answer to a request of the client belongs to. */
  readonly #asked = new Map<string, string>()
  /** The session that a request of the agent is about. */
  readonly #questions = new Map<string, string>()
  #order: Promise<void> = Promise.resolve()
  #initialize: { readonly id: JsonRpcId; readonly answered: (answer: JsonRpcResponse | undefined) => void } | undefined
  #idle: Timer | undefined
  #ready: Deferred | undefined
  #isOver = false

  constructor(parts: HttpConnectionParts) {
    this.#parts = parts
    this.id = parts.id
    this.principal = parts.principal
    this.agent = parts.agent
    this.#own = this.#newMailbox()
    this.#connection = parts.service.connect(this)
    this.#rest()
  }

  // ---- what the service does ------------------------------------------------------------------

  send(message: JsonRpcMessage): void {
    if (this.#isOver) return
    const initialize = this.#initialize
    if (initialize !== undefined && isJsonRpcResponse(message) && message.id === initialize.id) {
      this.#initialize = undefined
      return initialize.answered(message)
    }
    this.#mailboxOf(message).push(JSON.stringify(message))
    if (this.#unreadBytes > this.#parts.limits.maxUnreadBytes) this.end()
  }

  ready(): Promise<void> | undefined {
    if (this.#isOver || this.#unreadBytes < this.#parts.limits.readyBytes) return undefined
    this.#ready ??= deferred()
    return this.#ready.promise
  }

  close(): void {
    this.end()
  }

  // ---- what its requests do -------------------------------------------------------------------

  /** The answer; undefined where the connection ended before. */
  initialize(request: JsonRpcRequest): Promise<JsonRpcResponse | undefined> {
    return new Promise((answered) => {
      this.#initialize = { id: request.id, answered }
      void this.#connection.receive(request)
    })
  }

  /** One message, in order. @throws HoldfastError `server/bad_request` */
  async receive(message: JsonRpcMessage, header: string | undefined): Promise<void> {
    const sessionId = this.#routeOf(message, header)
    if (isJsonRpcRequest(message) && sessionId !== undefined && message.method !== 'session/load') {
      this.#asked.set(jsonRpcIdKey(message.id), sessionId)
    }
    this.#rest()
    const taken = this.#order.then(() => this.#connection.receive(message))
    this.#order = taken.then(
      () => {},
      () => {},
    )
    await taken
  }

  /** False: another one reads that stream. @throws HoldfastError `server/unavailable` where there are too many */
  read(sessionId: string | undefined, response: ServerResponse): boolean {
    const mailbox = sessionId === undefined ? this.#own : this.#sessionMailbox(sessionId)
    const isRead = mailbox.attach(response)
    if (isRead) this.#rest()
    return isRead
  }

  keepAlive(): void {
    for (const mailbox of this.#mailboxes) mailbox.keepAlive()
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#idle?.cancel()
    this.#initialize?.answered(undefined)
    for (const mailbox of this.#mailboxes) mailbox.end()
    this.#connection.closed()
    this.#letOn()
    this.#parts.ended()
  }

  // ---- inside -----------------------------------------------------------------------------------

  get #mailboxes(): readonly EventMailbox[] {
    return [this.#own, ...this.#sessions.values()]
  }

  get #unreadBytes(): number {
    return this.#mailboxes.reduce((sum, { unreadBytes }) => sum + unreadBytes, 0)
  }

  /** No reader, and nothing comes: it will not be kept for long. */
  #rest(): void {
    const { clock, limits } = this.#parts
    this.#idle?.cancel()
    const isRead = this.#mailboxes.some(({ hasReader }) => hasReader)
    this.#idle = isRead || this.#isOver ? undefined : clock.after(limits.readerTimeoutMs, () => this.end())
  }

  #drained(): void {
    if (this.#unreadBytes < this.#parts.limits.readyBytes) this.#letOn()
  }

  #letOn(): void {
    this.#ready?.resolve()
    this.#ready = undefined
  }

  #newMailbox(): EventMailbox {
    return new EventMailbox(
      () => this.#rest(),
      () => this.#drained(),
    )
  }

  #sessionMailbox(sessionId: string): EventMailbox {
    const known = this.#sessions.get(sessionId)
    if (known !== undefined) return known
    if (this.#sessions.size >= this.#parts.limits.maxStreams) {
      throw new HoldfastError('server/unavailable', 'This connection has too many sessions.')
    }
    const made = this.#newMailbox()
    this.#sessions.set(sessionId, made)
    return made
  }

  #mailboxOf(message: JsonRpcMessage): EventMailbox {
    const sessionId = isJsonRpcResponse(message) ? this.#answered(message) : acpSessionOf(message)
    if (sessionId === undefined) return this.#own
    if (isJsonRpcRequest(message)) this.#questions.set(jsonRpcIdKey(message.id), sessionId)
    if (!this.#sessions.has(sessionId) && this.#sessions.size >= this.#parts.limits.maxStreams) return this.#own
    return this.#sessionMailbox(sessionId)
  }

  #answered({ id }: JsonRpcResponse): string | undefined {
    const key = jsonRpcIdKey(id)
    const sessionId = this.#asked.get(key)
    this.#asked.delete(key)
    return sessionId
  }

  /** The session that a message says and its header says, which must be the same. */
  #routeOf(message: JsonRpcMessage, header: string | undefined): string | undefined {
    if (isJsonRpcResponse(message)) return this.#routeOfAnswer(message, header)
    const sessionId = acpSessionOf(message)
    if (header === undefined && (sessionId !== undefined || isAcpSessionMethod(message.method))) throw missing()
    if (header !== undefined && sessionId !== undefined && header !== sessionId) throw mismatched()
    return header
  }

  #routeOfAnswer({ id }: JsonRpcResponse, header: string | undefined): undefined {
    const key = jsonRpcIdKey(id)
    const sessionId = this.#questions.get(key)
    if (sessionId !== undefined && header === undefined) throw missing()
    if (sessionId !== undefined && header !== sessionId) throw mismatched()
    this.#questions.delete(key)
  }
}

function missing(): HoldfastError {
  return new HoldfastError('server/bad_request', 'Missing Acp-Session-Id')
}

function mismatched(): HoldfastError {
  return new HoldfastError('server/bad_request', 'Mismatched Acp-Session-Id')
}
