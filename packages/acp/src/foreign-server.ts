import type { Delivery, HandshakeResult } from '@holdfast/core'
import {
  type AcpWireMessage,
  acpSessionOf,
  isAcpFrame,
  isJsonRpcRequest,
  isJsonRpcResponse,
  type JsonRpcId,
  type JsonRpcMessage,
  type JsonRpcRequest,
  type JsonRpcResponse,
  jsonRpcIdKey,
} from '@holdfast/protocol/acp'
import { type AcpLink, isAnswerTo } from './handshake.ts'
import type { AcpNotice } from './notices.ts'

/** What is needed of the stream. */
export interface ForeignServerHost {
  readonly replay: 'skip' | 'deliver'
  /** To the application, in place of the server. */
  give(message: JsonRpcMessage): void
  notice(notice: AcpNotice): void
}

interface Question {
  readonly request: JsonRpcRequest
  /** The server's own id. */
  readonly id: JsonRpcId
  /** The application has it. */
  isGiven: boolean
  answer?: Delivery | undefined
}

type Params = Readonly<Record<string, unknown>>

/**
 * The second best, at a server that forgets a client with its link: sessions are loaded again, questions that went with the
 * link are withdrawn, and what cannot be known is said.
 */
export class ForeignServer {
  readonly #host: ForeignServerHost
  /** What each session was opened with. */
  readonly #sessions = new Map<string, Params>()
  /** Questions of the agent, under ids of ours: every link of the server counts from 0 again. */
  readonly #questions = new Map<string, Question>()
  readonly #byMessage = new WeakMap<JsonRpcMessage, Question>()
  #ids = 0
  #links = 0

  constructor(host: ForeignServerHost) {
    this.#host = host
  }

  /** A request of the application was answered: sessions come and go with it. */
  answered({ method, params }: JsonRpcRequest, answer: JsonRpcResponse): void {
    if ('error' in answer) return
    const given = isParams(params) ? params : {}
    const sessionId = method === 'session/new' ? acpSessionOf(answer) : given['sessionId']
    if (typeof sessionId !== 'string') return
    if (method === 'session/close' || method === 'session/delete') this.#sessions.delete(sessionId)
    if (method === 'session/new' || method === 'session/load' || method === 'session/resume') {
      const { mcpServers = [], ...rest } = given
      this.#sessions.set(sessionId, { ...rest, mcpServers, sessionId })
    }
  }

  /** A message of the server has come. */
  asked(message: JsonRpcMessage): void {
    if (!isJsonRpcRequest(message)) return
    const request = { ...message, id: this.#ids }
    this.#ids += 1
    const question = { request, id: message.id, isGiven: false }
    this.#questions.set(jsonRpcIdKey(request.id), question)
    this.#byMessage.set(message, question)
  }

  /** It as the application gets it: a question under an id that no other link used; undefined: it went with its link. */
  incoming(message: JsonRpcMessage): JsonRpcMessage | undefined {
    const question = this.#byMessage.get(message)
    if (question === undefined) return message
    if (this.#questions.get(jsonRpcIdKey(question.request.id)) !== question) return undefined
    question.isGiven = true
    return question.request
  }

  /** An answer of the application as the server knows it; undefined: its question is over. */
  outgoing(answer: JsonRpcResponse): JsonRpcResponse | undefined {
    const question = this.#questions.get(jsonRpcIdKey(answer.id))
    return question === undefined ? undefined : { ...answer, id: question.id }
  }

  /** It is on its way. */
  sent(answer: JsonRpcResponse, delivery: Delivery): void {
    const key = jsonRpcIdKey(answer.id)
    const question = this.#questions.get(key)
    if (question === undefined) return
    question.answer = delivery
    const over = (): void => void this.#questions.delete(key)
    delivery.then(over, over)
  }

  /** The link is gone, and with it every question that was asked on it. */
  dropped(): void {
    const open = [...this.#questions.values()]
    this.#questions.clear()
    for (const { request, answer, isGiven } of open) {
      answer?.cancel()
      if (answer !== undefined) continue
      const { id, method } = request
      if (isGiven) this.#host.give({ jsonrpc: '2.0', method: '$/cancel_request', params: { requestId: id } })
      this.#host.notice({ kind: 'question_withdrawn', request: { id, method, sessionId: acpSessionOf(request) } })
    }
  }

  /** Takes every session up again. */
  async reload(link: AcpLink, initialized: unknown): Promise<HandshakeResult> {
    this.#links += 1
    if (this.#links === 1 || this.#sessions.size === 0) return {}
    const method = reloadMethod(initialized)
    for (const [sessionId, params] of this.#sessions) {
      if (method === undefined) this.#lost(sessionId, 'The agent can neither load nor resume sessions.')
      else await this.#reloadOne(link, method, sessionId, params)
    }
    return { gap: { reason: 'foreign' } }
  }

  async #reloadOne(link: AcpLink, by: ReloadMethod, sessionId: string, params: Params): Promise<void> {
    const id = `holdfast:${this.#links}:${sessionId}`
    link.step(by)
    link.send({ jsonrpc: '2.0', id, method: by, params })
    let replayed = 0
    for (;;) {
      const message = await link.next((one) => isAnswerTo(one, id) || isUpdateOf(one, sessionId))
      if (isAcpFrame(message)) continue
      if (isJsonRpcResponse(message)) {
        if ('error' in message) return this.#lost(sessionId, message.error.message)
        return this.#host.notice({ kind: 'session_reloaded', sessionId, by, replayed })
      }
      replayed += 1
      if (this.#host.replay === 'deliver') this.#host.give(message)
    }
  }

  #lost(sessionId: string, reason: string): void {
    this.#sessions.delete(sessionId)
    this.#host.notice({ kind: 'session_lost', sessionId, reason })
  }
}

type ReloadMethod = 'session/load' | 'session/resume'

/** Resuming repeats nothing, and so is better. In the draft of version 2, every agent with sessions can resume them. */
function reloadMethod(initialized: unknown): ReloadMethod | undefined {
  const { agentCapabilities, capabilities } = isParams(initialized) ? initialized : {}
  if (isParams(capabilities) && isParams(capabilities['session'])) return 'session/resume'
  if (!isParams(agentCapabilities)) return undefined
  const { sessionCapabilities, loadSession } = agentCapabilities
  if (isParams(sessionCapabilities) && isParams(sessionCapabilities['resume'])) return 'session/resume'
  return loadSession === true ? 'session/load' : undefined
}

function isUpdateOf(message: AcpWireMessage, sessionId: string): boolean {
  return (
    !isAcpFrame(message) &&
    'method' in message &&
    message.method === 'session/update' &&
    acpSessionOf(message) === sessionId
  )
}

function isParams(value: unknown): value is Params {
  return typeof value === 'object' && value !== null
}
