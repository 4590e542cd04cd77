import type { ClientProtocol } from '@holdfast/core'
import type { HubServerMessage } from '@holdfast/protocol/hub'
import type { HubOutgoing } from './handshake.ts'
import { UNREADABLE_ANSWER } from './message-kinds.ts'

type HubCodec = ClientProtocol<HubServerMessage, HubOutgoing>['codec']

/** An answer that cannot be read still settles its request, as one that has no actions. */
export function settling(codec: HubCodec, awaits: (id: string) => boolean): HubCodec {
  return {
    encode: (message) => codec.encode(message),
    decode: (frame) => {
      const decoded = codec.decode(frame)
      if (decoded.ok) return decoded
      const { raw, issue } = decoded
      if (typeof raw !== 'object' || raw === null || !('id' in raw) || 'type' in raw) return decoded
      const { id } = raw
      if (typeof id !== 'string' || !awaits(id)) return decoded
      return { ok: true, message: { type: UNREADABLE_ANSWER, id, issue } }
    },
  }
}
