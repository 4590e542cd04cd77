import type { HandshakeLink, HandshakeResult } from '@holdfast/core'
import {
  type AcpResumeOffer,
  type AcpResumeRequest,
  type AcpWireMessage,
  acpResumeOfferOf,
  isAcpFrame,
  isJsonRpcResponse,
  type JsonRpcId,
  type JsonRpcRequest,
  type JsonRpcResponse,
  withAcpMeta,
  withoutAcpMeta,
} from '@holdfast/protocol/acp'
import { AcpError } from './errors.ts'

export type AcpLink = HandshakeLink<AcpWireMessage, AcpWireMessage>

/** What the handshake found. */
export interface AcpReady extends HandshakeResult {
  /** The gateway's offer of the resume extension; absent: it does not support it. */
  readonly offer?: AcpResumeOffer | undefined
}

/** What the handshake asks of its stream. */
export interface AcpHandshakeOptions {
  /** The application's own `initialize`, once it has written one. */
  readonly initialize: () => Promise<JsonRpcRequest>
  readonly resume: () => AcpResumeRequest
  /** The answer, as the application is to see it: the first alone reaches it. */
  readonly answered: (answer: JsonRpcResponse) => void
  /** Called with the offer before anything that comes behind it. */
  readonly adopt: (offer: AcpResumeOffer | undefined) => void
  /** Takes up the sessions again at a server that speaks no resume extension. */
  readonly reload: (link: AcpLink, initialized: unknown) => Promise<HandshakeResult>
}

/** `initialize` and its answer, for every link anew: what it says beside the application's words is in `_meta`. */
export async function acpHandshake(link: AcpLink, options: AcpHandshakeOptions): Promise<AcpReady> {
  const auth = link.credentials?.firstFrame
  if (auth !== undefined) link.send(auth)
  link.step('initialize')
  const request = await options.initialize()
  const answer = await exchanged(link, { ...request, params: withAcpMeta(request.params, options.resume()) })
  if ('error' in answer) {
    options.answered(answer)
    const { code, message } = answer.error
    throw new AcpError('acp/initialize_failed', `The server refused initialize (${code}): ${message}`)
  }
  const offer = acpResumeOfferOf(answer.result)
  options.adopt(offer)
  options.answered({ ...answer, result: withoutAcpMeta(answer.result) })
  if (offer === undefined) return { acks: false, ...(await options.reload(link, answer.result)) }
  return { offer, resumed: true, acks: true, maxMessageBytes: offer.maxFrameBytes }
}

/** Sends a request during a handshake, and waits for its answer. */
async function exchanged(link: AcpLink, request: JsonRpcRequest): Promise<JsonRpcResponse> {
  link.send(request)
  return link.next((message): message is JsonRpcResponse => isAnswerTo(message, request.id))
}

/** True for the answer to the request of this id. */
export function isAnswerTo(message: AcpWireMessage, id: JsonRpcId): message is JsonRpcResponse {
  return !isAcpFrame(message) && isJsonRpcResponse(message) && message.id === id
}
