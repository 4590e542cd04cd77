import { type Codec, type Decoded, parsedJson, type WebSocketFrame } from '@holdfast/contract'
import { isObject, parseWith, type Shape } from '@holdfast/contract/shape'
import { acpFrame } from './generated/checks.ts'
import type { AcpFrame, JsonRpcMessage } from './generated/types.ts'
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

/** Both ends: one JSON text a WebSocket frame. ACP §1. */
export const acpCodec: Codec<AcpWireMessage, AcpWireMessage, WebSocketFrame, WebSocketFrame> =
  /* @__PURE__ */ parsedJson(parseAcpWireMessage)
