import type { Codec, Decoded, SendOptions, WebSocketFrame } from '@holdfast/core'
import type { HubHydrationMessage, HubRequest, HubServerMessage } from '@holdfast/protocol/hub'
import type { HubHistoryMessage, HubRpcUiRequestMessage } from '@holdfast/protocol/hub/messages'
import type { HubOutgoing } from './handshake.ts'
import type { Numbering } from './numbering.ts'

/** What is for now or never is not kept. */
export function classOf(message: HubOutgoing): SendOptions['delivery'] {
  switch (message.type) {
    case 'ping':
    case 'ack':
    case 'subscribe':
    case 'bootstrap_ready':
      return 'volatile'
    default:
      return undefined
  }
}

/** The id by which the hub acknowledges the message, where it has one of its own (hub §11). */
export function ownId(message: HubOutgoing): string | undefined {
  const own = message.type === 'event' || message.type === 'tool' || message.type === 'command'
  return own && typeof message.id === 'string' ? message.id : undefined
}

/** What an answer becomes that cannot be read: no type of the wire. */
const UNREADABLE_ANSWER = '(unreadable answer)'

/** The id of the request that a message answers: responses have none of the types (hub §4), pages of history one. */
export function answeredId(message: HubServerMessage): string | undefined {
  const { type } = message
  const isAnswer = type === undefined || type === 'session_history' || type === UNREADABLE_ANSWER
  return isAnswer && 'id' in message && typeof message.id === 'string' ? message.id : undefined
}

/** For observers that were accepted without an `init`. */
export function sessionOf(message: HubServerMessage): string | undefined {
  return 'sessionId' in message && typeof message.sessionId === 'string' ? message.sessionId : undefined
}

export function isHistory(message: HubServerMessage): message is HubHistoryMessage {
  return message.type === 'session_history' && Array.isArray(message['entries'])
}

export function isHydration(message: HubServerMessage): message is HubHydrationMessage {
  return message.type === 'session_hydration'
}

/** A controller's request, as the hub routes it to the lead (hub §10). */
export function isHubRequest(message: HubServerMessage): message is HubServerMessage & HubRequest {
  const { type } = message
  return (type === 'event' || type === 'tool' || type === 'command') && typeof message['id'] === 'string'
}

export function isUiRequest(message: HubServerMessage): message is HubRpcUiRequestMessage {
  return message.type === 'rpc_ui_request'
}

/** True for a message that ends a question of the driver: an answer, or a withdrawal. */
export function isUiResponse(message: HubServerMessage): message is HubServerMessage & { readonly id: string } {
  return message.type === 'rpc_ui_response' && typeof message['id'] === 'string'
}

/** Messages of the hub's client, and of the hub, as frames. */
type HubCodec = Codec<HubServerMessage, HubOutgoing, WebSocketFrame, WebSocketFrame>

/** An answer that cannot be read still settles its request, as one that has no actions. */
export class SettlingCodec implements HubCodec {
  readonly #codec: HubCodec
  readonly #numbering: Numbering

  constructor(codec: HubCodec, numbering: Numbering) {
    this.#codec = codec
    this.#numbering = numbering
  }

  encode(message: HubOutgoing): ReturnType<HubCodec['encode']> {
    return this.#codec.encode(message)
  }

  decode(frame: WebSocketFrame): Decoded<HubServerMessage> {
    const decoded = this.#codec.decode(frame)
    if (decoded.ok) return decoded
    const { raw, issue } = decoded
    if (typeof raw !== 'object' || raw === null || !('id' in raw) || 'type' in raw) return decoded
    const { id } = raw
    if (typeof id !== 'string' || !this.#numbering.awaits(id)) return decoded
    return { ok: true, message: { type: UNREADABLE_ANSWER, id, issue } }
  }
}
