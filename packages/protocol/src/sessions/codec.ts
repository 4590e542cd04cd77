import { type Codec, type Decoded, parsedJson, severalMessages, type WebSocketFrame } from '@holdfast/contract'
import { parseWith } from '@holdfast/contract/shape'
import { sessionMessage } from './generated/checks.ts'
import type { SessionMessage } from './generated/types.ts'

/** Any object with a string `type` is a message, known or not (sessions §1); else one line without values. */
export function parseSessionMessage(value: unknown): Decoded<SessionMessage> {
  return parseWith('message', sessionMessage, value)
}

/**
 * The messages of one frame: a JSON text a line. Peers end each with a line feed, or send it bare; a frame may carry several,
 * and one that is blank carries none. Sessions §1.
 */
export function decodeSessionFrame(frame: WebSocketFrame): readonly Decoded<SessionMessage>[] {
  if (typeof frame !== 'string') return [oneText.decode(frame)]
  return frame
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => sized(oneText.decode(line), line.length))
}

function sized(decoded: Decoded<SessionMessage>, bytes: number): Decoded<SessionMessage> {
  return decoded.ok ? { ok: true, message: decoded.message, bytes } : decoded
}

/** A message as a server sends it: the newest public client splits what comes at line feeds. Sessions §1. */
export function sessionLine(message: SessionMessage): string {
  return `${JSON.stringify(message)}\n`
}

const oneText: Codec<SessionMessage, SessionMessage, WebSocketFrame, WebSocketFrame> =
  /* @__PURE__ */ parsedJson(parseSessionMessage)

/** For both ends: JSON texts, one or several a frame. Whether a message is complete for its kind, its guard checks. */
export const sessionsCodec: Codec<SessionMessage, SessionMessage, WebSocketFrame, WebSocketFrame> = {
  ...oneText,
  reader: /* @__PURE__ */ severalMessages(() => decodeSessionFrame),
}
