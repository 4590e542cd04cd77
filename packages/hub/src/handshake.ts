import type { HandshakeLink, HandshakeResult } from '@holdfast/core'
import { SENTENCES } from '@holdfast/core/words'
import type {
  HubClientMessage,
  HubInitMessage,
  HubResponse,
  HubResumeOffer,
  HubServerMessage,
} from '@holdfast/protocol/hub'
import { HubError } from './errors.ts'

/** What a client sends: the messages of hub §3, and the lead's responses (§10), which have the shape of §4's. */
export type HubOutgoing = HubClientMessage | HubResponse

/** What the handshake found. */
export interface HubReady extends HandshakeResult {
  /** Absent where an observer was accepted without one (hub §2). */
  readonly init?: HubInitMessage | undefined
  /** The server's offer of the resume extension; absent: it does not support it. */
  readonly offer?: HubResumeOffer | undefined
}

/** What the handshake asks of its client. */
export interface HubHandshakeOptions {
  readonly role: 'lead' | 'controller' | 'observer'
  /** Called with the offer: answers what the engine wants to know of the session. */
  readonly adopt: (offer: HubResumeOffer | undefined) => HandshakeResult
}

/** Hub §2, step by step: bootstrap frame, `init` or a refusal, and a controller's `bootstrap_ready`. */
export async function hubHandshake(
  link: HandshakeLink<HubServerMessage, HubOutgoing>,
  options: HubHandshakeOptions,
): Promise<HubReady> {
  const bootstrap = link.credentials?.firstFrame
  if (bootstrap !== undefined) link.send(bootstrap)
  // An observer is accepted by whatever comes first, and what comes is for the application.
  const mayLackInit = options.role === 'observer' && !isAnswer(await link.peek())
  const answer = mayLackInit ? undefined : await link.next(isAnswer, 'init')
  const refused = answer && refusalOf(answer)
  if (refused !== undefined) {
    link.refuse(4401, 'Auth failed')
    throw refused
  }
  const init = answer !== undefined && isInit(answer) ? answer : undefined
  const result = options.adopt(init?.holdfast)
  if (init !== undefined && options.role === 'controller') link.send({ type: 'bootstrap_ready' })
  return { ...result, init, offer: init?.holdfast }
}

function isAnswer(message: HubServerMessage): boolean {
  return isInit(message) || refusalOf(message) !== undefined
}

function isInit(message: HubServerMessage): message is HubInitMessage {
  return message.type === 'init'
}

/** The three shapes of "no" (hub §2). */
function refusalOf(message: HubServerMessage): HubError | undefined {
  if (message.type === 'connection_rejected' || message.type === 'protocol_error') {
    const { type, code, message: text } = message
    const serverMessage = String(text)
    const details = { serverCode: String(code), serverMessage, serverMessageType: type } as const
    return new HubError('hub/auth_failed', SENTENCES ? `The hub refused: ${serverMessage}` : serverMessage, details)
  }
  if (message.type !== undefined || !('error' in message)) return undefined
  const serverMessage = typeof message.error === 'string' ? message.error : 'no reason given'
  return new HubError('hub/auth_failed', SENTENCES ? `The hub refused: ${serverMessage}` : serverMessage, {
    serverMessage,
  })
}
