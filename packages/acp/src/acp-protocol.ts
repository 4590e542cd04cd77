import type { ClientProtocol, Delivery, ProtocolContext, WebSocketFrame } from '@holdfast/core'
import { messagePing } from '@holdfast/core'
import type { DeliveryRules } from '@holdfast/core/protocol'
import {
  type AcpFrame,
  type AcpGapFrame,
  type AcpMessageFrame,
  type AcpResumeOffer,
  type AcpWireMessage,
  acpCodec,
  acpSessionOf,
  isAcpFrame,
  isJsonRpcResponse,
  type JsonRpcMessage,
  type JsonRpcRequest,
  type JsonRpcResponse,
} from '@holdfast/protocol/acp'
import type { ForeignServer } from './foreign-server.ts'
import { type AcpLink, type AcpReady, acpHandshake } from './handshake.ts'
import type { AcpNotice } from './notices.ts'
import type { RequestsInFlight } from './requests-in-flight.ts'
import type { ResumeState } from './resume-state.ts'
import { acpRetryPolicy } from './retry-policy.ts'

type Protocol = ClientProtocol<AcpWireMessage, AcpWireMessage, WebSocketFrame, WebSocketFrame, AcpReady>
type Context = ProtocolContext<AcpWireMessage>

/** What the protocol needs of its stream. */
export interface AcpProtocolHost {
  readonly resume: ResumeState
  readonly requests: RequestsInFlight
  readonly foreign: ForeignServer
  readonly refreshable: boolean
  readonly pings: { readonly intervalMs: number; readonly timeoutMs: number }
  readonly initialize: () => Promise<JsonRpcRequest>
  readonly answered: (answer: JsonRpcResponse) => void
  readonly notice: (notice: AcpNotice) => void
  /** The gateway has these. */
  readonly acked: (ids: readonly string[]) => void
  /** The outcome of these is unknown. */
  readonly doubt: () => void
}

/** ACP as the engine sees it: `initialize` for every link, frames and acknowledgements where the gateway speaks them. */
export class AcpProtocol implements Protocol {
  readonly name = 'acp'
  readonly codec: typeof acpCodec = acpCodec
  readonly liveness: NonNullable<Protocol['liveness']>
  readonly delivery: DeliveryRules<AcpWireMessage>
  readonly retryPolicy: NonNullable<Protocol['retryPolicy']>
  readonly #host: AcpProtocolHost
  /** What the gateway acknowledges by number. A request is confirmed by its answer, and is here once nobody waits for that. */
  readonly #unconfirmed = new Set<Delivery>()

  constructor(host: AcpProtocolHost) {
    const { resume, pings } = host
    const { intervalMs: probeAfterMs, timeoutMs } = pings
    this.#host = host
    this.retryPolicy = acpRetryPolicy(host.refreshable)
    const rule = messagePing<AcpWireMessage, AcpWireMessage>(
      { ping: () => ({ type: 'ping', through: resume.through() }), isPong: (message) => this.#isPong(message) },
      { probeAfterMs, timeoutMs },
    )
    this.liveness = (link) => (resume.isOn ? rule(link) : undefined)
    this.delivery = { byDefault: 'ordered', numbers: 'sender', stamp: (message, { seq }) => this.#stamp(message, seq) }
  }

  handshake(link: AcpLink): Promise<AcpReady> {
    const { initialize, answered, resume, foreign } = this.#host
    return acpHandshake(link, {
      initialize,
      answered,
      resume: () => resume.request(),
      adopt: (offer) => this.#adopt(offer),
      reload: (at, initialized) => foreign.reload(at, initialized),
    }).then((ready) => ({ ...ready, restamp: true }))
  }

  /** True keeps it from the application: the extension's own, and what came before. */
  receive(message: AcpWireMessage, context: Context): boolean {
    if (isAcpFrame(message)) return this.#frame(message, context)
    return this.#message(message)
  }

  /** A message is on its way, which the gateway confirms by its number. */
  sent(delivery: Delivery): void {
    this.#unconfirmed.add(delivery)
    delivery.whenSettled(() => this.#unconfirmed.delete(delivery))
  }

  #adopt(offer: AcpResumeOffer | undefined): void {
    this.#host.resume.adopt(offer)
    if (offer === undefined) this.#host.doubt()
  }

  #stamp(message: AcpWireMessage, seq: number | undefined): AcpWireMessage {
    if (!this.#host.resume.isOn || seq === undefined || isAcpFrame(message)) return message
    return { type: 'message', n: seq, message }
  }

  #frame(frame: AcpFrame, context: Context): boolean {
    switch (frame.type) {
      case 'message':
      case 'gap':
        return this.#numbered(frame, context)
      case 'ack':
        this.#confirm(frame.through)
        return true
      case 'ping':
        context.send({ type: 'pong', through: this.#host.resume.through() })
        return true
      case 'pong':
      case 'auth':
        return true
    }
  }

  #numbered(frame: AcpMessageFrame | AcpGapFrame, context: Context): boolean {
    const { resume } = this.#host
    const arrival = resume.take(frame)
    if (arrival === 'missing') {
      context.fail(new Error('Messages are missing; asking for them again.'))
      return true
    }
    const due = resume.due()
    if (due !== undefined) context.send({ type: 'ack', through: due })
    if (frame.type === 'message') return this.#message(frame.message, arrival === 'duplicate')
    const { sessionId, reason } = frame
    if (reason === 'rollback') resume.rolledBack(sessionId)
    this.#host.notice({ kind: 'events_missing', sessionId, reason })
    context.gap({ reason })
    return true
  }

  /** An answer settles its request, also where its record was sent before: once. */
  #message(message: JsonRpcMessage, isKnown: boolean = false): boolean {
    const { requests, foreign, resume } = this.#host
    if (!isJsonRpcResponse(message)) {
      if (!resume.isOn) foreign.asked(message)
      return isKnown
    }
    if (message.id === null) return isKnown
    const entry = requests.settle(message.id)
    if (entry === undefined) return true
    this.#host.acked([entry.delivery.id])
    // It waits to be written again, on a link whose gateway has answered it already.
    if (!entry.delivery.settled) this.sent(entry.delivery)
    this.#settled(entry.request, message)
    return false
  }

  #settled(request: JsonRpcRequest, answer: JsonRpcResponse): void {
    const { foreign, resume } = this.#host
    foreign.answered(request, answer)
    const sessionId = acpSessionOf(request) ?? acpSessionOf(answer)
    if (sessionId === undefined) return
    const { method } = request
    if (method === 'session/load' || method === 'session/resume') resume.loaded(sessionId)
    if ('error' in answer) return
    if (method === 'session/new') resume.made(sessionId)
    if (method === 'session/close' || method === 'session/delete') resume.forget(sessionId)
  }

  /** A pong, too, says how far the gateway is: what it has of requests it says nowhere else. */
  #isPong(message: AcpWireMessage): boolean {
    if (!isAcpFrame(message) || message.type !== 'pong') return false
    if (message.through !== undefined) this.#confirm(message.through)
    return true
  }

  #confirm(through: number): void {
    const isHeld = ({ seq = Number.POSITIVE_INFINITY }: Delivery): boolean => seq <= through
    this.#host.acked([...this.#unconfirmed].filter(isHeld).map(({ id }) => id))
  }
}
