import { type Codec, type Decoded, parsedJson, type WebSocketFrame } from '@holdfast/contract'
import { fits, isObject, parseWith, type Shape } from '@holdfast/contract/shape'
import { acpFrame } from './generated/checks.ts'
import type { AcpFrame, AcpMessageFrame, JsonRpcMessage } from './generated/types.ts'
import { jsonRpcMessage } from './json-rpc.ts'

/** A message alone, as published peers write it, or a frame of the resume extension. */
export type AcpWireMessage = JsonRpcMessage | AcpFrame

/** True for a frame of the resume extension. */
export function isAcpFrame(message: AcpWireMessage): message is AcpFrame {
  return 'type' in message && !('jsonrpc' in message)
}

const frame: Shape<AcpFrame> = (value) => {
  const issue = acpFrame(value)
  if (issue !== undefined || !isObject(value) || value['type'] !== 'message') return issue
  const inner = jsonRpcMessage(value['message'])
  return inner === undefined ? undefined : `(message).message${inner}`
}

/** Checks one value: what has a `type` and no `jsonrpc` is a frame. Never throws; an issue is one line without values. */
export function parseAcpWireMessage(value: unknown): Decoded<AcpWireMessage> {
  const isFrame = isObject(value) && value['jsonrpc'] === undefined && value['type'] !== undefined
  return isFrame ? parseWith('frame', frame, value) : parseWith('message', jsonRpcMessage, value)
}

/**
 * The head of a message frame, with its members in the order of our own ends. What is behind it is read by itself: that
 * costs less than reading, and checking, the whole. A frame that looks different is read as a whole.
 */
const MESSAGE_HEAD =
  /^\{"type":"message","n":(0|[1-9]\d{0,14}),(?:"from":\{"sessionId":"([ !#-[\]-\uffff]*)","seq":(0|[1-9]\d{0,14})\},)?"message":/

/** `undefined`: it must be read as a whole, also for its issue. */
function decodeByHead(text: string): Decoded<AcpMessageFrame> | undefined {
  const head = MESSAGE_HEAD.exec(text)
  if (head === null || !text.endsWith('}')) return undefined
  const [{ length }, n, sessionId, seq] = head
  let message: unknown
  try {
    message = JSON.parse(text.slice(length, -1))
  } catch {
    return undefined
  }
  if (!fits(jsonRpcMessage, message)) return undefined
  const from = sessionId === undefined ? undefined : { sessionId, seq: Number(seq) }
  return { ok: true, message: { type: 'message', n: Number(n), from, message } }
}

const whole: Codec<AcpWireMessage, AcpWireMessage, WebSocketFrame, WebSocketFrame> =
  /* @__PURE__ */ parsedJson(parseAcpWireMessage)

/** Both ends: one JSON text a WebSocket frame. ACP §1. */
export const acpCodec: Codec<AcpWireMessage, AcpWireMessage, WebSocketFrame, WebSocketFrame> = {
  decode: (frame) => (typeof frame === 'string' ? decodeByHead(frame) : undefined) ?? whole.decode(frame),
  encode: (message) => whole.encode(message),
}
