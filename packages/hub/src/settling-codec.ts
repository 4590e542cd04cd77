import type { Codec, Decoded, WebSocketFrame } from '@holdfast/core'
import type { HubServerMessage } from '@holdfast/protocol/hub'
import type { HubOutgoing } from './handshake.ts'
import { UNREADABLE_ANSWER } from './message-kinds.ts'
import type { Numbering } from './numbering.ts'

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
