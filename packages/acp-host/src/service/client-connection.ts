import { HoldfastError, randomId } from '@holdfast/contract'
import { isObject } from '@holdfast/contract/shape'
import {
  isJsonRpcRequest,
  isJsonRpcResponse,
  JSON_RPC_ERROR,
  type JsonRpcId,
  type JsonRpcMessage,
  type JsonRpcRequest,
  type JsonRpcResponse,
  jsonRpcIdKey,
} from '@holdfast/protocol/acp'
import type { AcpConnection, AcpPeer, EarlierConnection, LogOrigin } from '../peer.ts'
import type { AgentRunner } from '../runner/agent-runner.ts'
import { outcomeOf } from '../state/client-message.ts'
import { failure, type Outcome } from '../state/turn-types.ts'
import { ClientSessions } from './client-sessions.ts'
import { AGENT_METHODS, isKnownMethod, SESSION_METHODS } from './methods.ts'
import type { ClientCore, PendingRequest, ServiceCore } from './service-core.ts'
import { questionOf } from './session-attachment.ts'

export interface ClientConnectionParts {
  readonly service: ServiceCore
  readonly peer: AcpPeer
  readonly ended: () => void
}

/** One ACP client. What it says is checked here: nothing of it that is wrong or unknown reaches an agent. */
export class ClientConnection implements AcpConnection, ClientCore {
  readonly service: ServiceCore
  readonly peer: AcpPeer
  /** Names the client in records. */
  readonly client: string
  capabilities: Readonly<Record<string, unknown>> = {}
  isHere = true
  readonly #ended: () => void
  readonly #sessions: ClientSessions
  readonly #pending = new Map<string, PendingRequest>()
  #runner: AgentRunner | undefined
  #isInitialized = false
  #isClosed = false

  constructor({ service, peer, ended }: ClientConnectionParts) {
    this.service = service
    this.peer = peer
    this.client = peer.clientId ?? `c_${randomId(service.random)}`
    this.#ended = ended
    this.#sessions = new ClientSessions(this)
  }

  /** The agent that this client works with. @throws `acp/not_found` */
  get runner(): AgentRunner {
    this.#runner ??= this.service.agent(this.peer.agent)
    return this.#runner
  }

  /** Continues where an earlier connection was, behind another server. */
  goOn({ initialize, sessions }: EarlierConnection): void {
    this.#introduced(initialize.params)
    for (const { sessionId, seq } of sessions) {
      this.#sessions.goOn(sessionId, seq).catch((error: unknown) => {
        this.service.logger.info('a session of a client cannot go on', { session: sessionId, error: String(error) })
        if (isNotFound(error)) this.peer.gap?.(sessionId, 'unknown-session')
        // It is there, and cannot be served now: the client comes again.
        else this.end('acp/unavailable', `A session cannot be served here now: ${wordsOf(error)}`)
      })
    }
  }

  receive(message: JsonRpcMessage, key?: string | undefined): void | Promise<void> {
    if (this.#isClosed) return
    if (isJsonRpcResponse(message)) return this.#answered(message)
    if (isJsonRpcRequest(message)) return this.#request(message, key)
    this.#notified(message.method, isObject(message.params) ? message.params : {})
  }

  detached(): void {
    this.isHere = false
    this.#sessions.detached()
  }

  attached(): void {
    this.isHere = true
    this.#sessions.attached()
  }

  closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.isHere = false
    this.#pending.clear()
    this.#sessions.close()
    this.#ended()
  }

  /** Ends it from here. */
  end(code: string, message: string): void {
    this.peer.close({ code, message })
    this.closed()
  }

  /** Something of the client was left out: people see it where their client shows notices. */
  notice(sessionId: string | undefined, title: string): void {
    this.service.logger.info('something of an ACP client was left out', {
      principal: this.peer.principal.id,
      why: title,
    })
    const { session } = this.capabilities
    if (sessionId === undefined || !isObject(session) || !isObject(session['notices'])) return
    const update = { sessionUpdate: 'notice', severity: 'warning', title }
    this.peer.send({ jsonrpc: '2.0', method: 'session/update', params: { sessionId, update } })
  }

  #introduced(params: unknown): void {
    this.#isInitialized = true
    const offered = isObject(params) ? params['clientCapabilities'] : undefined
    this.capabilities = isObject(offered) ? offered : {}
  }

  async #request(request: JsonRpcRequest, key: string | undefined): Promise<void> {
    const { id, method } = request
    const pending = jsonRpcIdKey(id)
    if (this.#pending.has(pending)) {
      const sessionId = sessionIn(request.params)
      return this.notice(
        sessionId,
        `A second request with the id ${JSON.stringify(id)} was left out: the first has no answer yet.`,
      )
    }
    if (!isKnownMethod(method))
      return this.#answer(id, failure(JSON_RPC_ERROR.methodNotFound, `Unknown method: ${method}`))
    let isWanted = true
    let isAnswered = false
    const work: PendingRequest = { cancel: () => {} }
    const ended = (outcome: Outcome): void => {
      if (!isAnswered) {
        isAnswered = true
        this.#pending.delete(pending)
        this.#answer(id, isWanted ? outcome : failure(JSON_RPC_ERROR.cancelled, 'Request cancelled'), work.origin?.())
      }
      work.answered?.()
    }
    this.#pending.set(pending, {
      cancel: () => {
        isWanted = false
        work.cancel()
        // A turn ends by itself then; of anything else an answer may never come, and one that comes is dropped.
        if (method !== 'session/prompt') ended(failure(JSON_RPC_ERROR.cancelled, 'Request cancelled'))
      },
    })
    this.#run(request, key, work).then(ended, (error: unknown) => ended(this.#failed(error)))
  }

  async #run({ method, params }: JsonRpcRequest, key: string | undefined, work: PendingRequest): Promise<Outcome> {
    const given = isObject(params) ? params : {}
    if (method === 'initialize') return this.#initialize(params)
    if (!this.#isInitialized) return failure(JSON_RPC_ERROR.invalidRequest, 'The first request is initialize.')
    if (AGENT_METHODS.has(method)) return this.runner.ask(method, params)
    return (
      SESSION_METHODS[method]?.(this.#sessions, { method, params: given, key, work }) ??
      failure(JSON_RPC_ERROR.methodNotFound, method)
    )
  }

  async #initialize(params: unknown): Promise<Outcome> {
    if (this.#isInitialized) return failure(JSON_RPC_ERROR.invalidRequest, 'initialize was answered before.')
    const { initialized } = await this.runner.initialized()
    this.#introduced(params)
    return { result: this.#sessions.introduction(initialized) }
  }

  #notified(method: string, params: Readonly<Record<string, unknown>>): void {
    const sessionId = sessionIn(params)
    if (method === 'session/cancel' && sessionId !== undefined) return this.#sessions.cancel(sessionId)
    if (method === '$/cancel_request') {
      const { requestId } = params
      const isId = typeof requestId === 'string' || typeof requestId === 'number'
      return isId ? this.#pending.get(jsonRpcIdKey(requestId))?.cancel() : undefined
    }
    this.notice(sessionId, `The notification ${method} is unknown here, and was not passed on.`)
  }

  #answered(message: JsonRpcResponse): void {
    const question = questionOf(message.id)
    if (question === undefined) return this.notice(undefined, 'An answer to nothing that was asked was left out.')
    this.#sessions.answered(question.sessionId, question.n, outcomeOf({ ...message }))
  }

  #answer(id: JsonRpcId, outcome: Outcome, origin?: LogOrigin | undefined): void {
    if (!this.#isClosed) this.peer.send({ jsonrpc: '2.0', id, ...outcome }, origin)
  }

  #failed(error: unknown): Outcome {
    const message = wordsOf(error)
    if (!(error instanceof HoldfastError))
      this.service.logger.error('a request of an ACP client failed', { error: message })
    if (isNotFound(error)) return failure(JSON_RPC_ERROR.notFound, message)
    return failure(JSON_RPC_ERROR.internal, message)
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof HoldfastError && (error.code === 'acp/not_found' || error.code === 'hub/not_found')
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function sessionIn(params: unknown): string | undefined {
  const session = isObject(params) ? params['sessionId'] : undefined
  return typeof session === 'string' ? session : undefined
}
