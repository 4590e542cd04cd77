import { type Codec, type Decoded, jsonText, type WebSocketFrame } from '@holdfast/contract'
import { object, parseWith, type Shape, text } from '../shape.ts'
import type { SessionMessage } from './messages.ts'

const outline = object<{ readonly type: string }>({ type: text })
const message: Shape<SessionMessage> = (value) => outline(value)

/** Any object with a string `type` is a message, known or not (sessions §1); else one line without values. */
export function parseSessionMessage(value: unknown): Decoded<SessionMessage> {
  return parseWith('message', message, value)
}

/** Both ends: one JSON text a frame. Whether a message is complete for its kind, its guard tells. */
export const sessionsCodec: Codec<SessionMessage, SessionMessage, WebSocketFrame, WebSocketFrame> = jsonText({
  parse: parseSessionMessage,
})
