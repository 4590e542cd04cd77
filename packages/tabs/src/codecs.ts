import type { Decoded, WebSocketFrame } from '@holdfast/core'

/** How messages are written between host and tabs: one frame each. A host encodes what a tab decodes. */
export interface MessageCodec<In, Out> {
  decode(frame: WebSocketFrame): Decoded<In>
  encode(message: Out): WebSocketFrame
}

/** JSON text, which the other end wrote in the same way. */
export function jsonMessages<In, Out>(): MessageCodec<In, Out> {
  return {
    decode: (frame) => ({ ok: true, message: JSON.parse(String(frame)) }),
    encode: (message) => JSON.stringify(message),
  }
}

/** Frames as they are. */
export const FRAMES: MessageCodec<WebSocketFrame, WebSocketFrame> = {
  decode: (frame) => ({ ok: true, message: frame }),
  encode: (message) => message,
}
