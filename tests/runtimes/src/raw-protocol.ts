import type { ClientProtocol, Connection, WebSocketFrame } from '@holdfast/core'

/** Frames as they are. */
export const rawProtocol: ClientProtocol<WebSocketFrame, WebSocketFrame> = {
  name: 'raw',
  codec: {
    decode: (frame) => ({ ok: true, message: frame }),
    encode: (frame) => frame,
  },
}

export type RawConnection = Connection<WebSocketFrame, WebSocketFrame>
