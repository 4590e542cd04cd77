import type { Delivery, HoldfastError } from '@holdfast/core'
import type { HandshakeConnection } from '@holdfast/core/protocol'
import {
  type AcpWireMessage,
  acpSessionOf,
  isJsonRpcRequest,
  isJsonRpcResponse,
  JSON_RPC_ERROR,
  type JsonRpcMessage,
  type JsonRpcNotification,
  type JsonRpcRequest,
  type JsonRpcResponse,
  jsonRpcFailureOf,
} from '@holdfast/protocol/acp'
import type { AcpProtocol } from './acp-protocol.ts'
import type { ForeignServer } from './foreign-server.ts'
import type { AcpReady } from './handshake.ts'
import type { AcpNotice } from './notices.ts'
import type { InFlight, RequestsInFlight } from './requests-in-flight.ts'
import type { ResumeState } from './resume-state.ts'

/** What {@link Outgoing} is made of. */
export interface OutgoingParts {
  readonly connection: HandshakeConnection<AcpWireMessage, AcpWireMessage, AcpReady>
  readonly protocol: AcpProtocol
  readonly requests: RequestsInFlight
  readonly resume: ResumeState
  readonly foreign: ForeignServer
  /** To the application, in place of the server. */
  readonly give: (message: JsonRpcMessage) => void
  readonly notice: (notice: AcpNotice) => void
}

/** What the application says, on its way, and what is reported where that cannot arrive. */
export class Outgoing {
  readonly #parts: OutgoingParts

  constructor(parts: OutgoingParts) {
    this.#parts = parts
  }

  send(message: JsonRpcMessage): void {
    if (isJsonRpcRequest(message)) this.#ask(message)
    else this.#say(message)
  }

  /** The outcome of what was written is unknown. */
  doubtAll(): void {
    for (const entry of this.#parts.requests.written()) this.#doubt(entry)
  }

  #ask(request: JsonRpcRequest): void {
    const { requests, resume } = this.#parts
    const sessionId = acpSessionOf(request)
    const { method } = request
    if (sessionId !== undefined && (method === 'session/load' || method === 'session/resume')) resume.loads(sessionId)
    const delivery = this.#send(request)
    const entry = requests.add(request, delivery)
    delivery.whenSettled(() => {
      const { error } = delivery
      if (error !== undefined) queueMicrotask(() => this.#failed(entry, error))
    })
  }

  #say(message: JsonRpcNotification | JsonRpcResponse): void {
    const { foreign, protocol, resume } = this.#parts
    if (!isJsonRpcResponse(message) || resume.isOn) return protocol.sent(this.#send(message))
    const answer = foreign.outgoing(message)
    // Its question went with a link, which was reported.
    if (answer !== undefined) foreign.sent(message, this.#send(answer))
  }

  /** Where no number confirms it, to wait for its outcome has a probe sent at once, which also finds a dead link. */
  #send(message: JsonRpcMessage): Delivery {
    const { connection, resume } = this.#parts
    const delivery = connection.send(message)
    if (!resume.isOn) delivery.then(undefined, () => {})
    return delivery
  }

  /** It was refused, or its outcome is unknown: the application gets that as the answer. */
  #failed(entry: InFlight, error: HoldfastError): void {
    const { code: reason } = error
    if (reason === 'delivery/in_doubt') return this.#doubt(entry)
    if (!this.#remove(entry)) return
    const { id, method } = entry.request
    const message = `Not sent: ${error.message}`
    const data = { code: 'acp/not_sent', method, reason }
    this.#parts.give(jsonRpcFailureOf(id, JSON_RPC_ERROR.internal, message, data))
  }

  #doubt(entry: InFlight): void {
    if (!this.#remove(entry)) return
    const { id, method } = entry.request
    const message = 'The link was lost behind this request: whether it was done is unknown.'
    this.#parts.give(jsonRpcFailureOf(id, JSON_RPC_ERROR.internal, message, { code: 'acp/outcome_unknown', method }))
    this.#parts.notice({ kind: 'outcome_unknown', request: { id, method, sessionId: acpSessionOf(entry.request) } })
  }

  /** False: it was answered, or the end of the stream answers it. Without an answer, a number confirms it. */
  #remove(entry: InFlight): boolean {
    const { connection, protocol, requests } = this.#parts
    if (connection.state === 'closed' || !requests.remove(entry)) return false
    protocol.sent(entry.delivery)
    return true
  }
}
