// Made from ../schemas by packages/protocol/generate: change the schemas, and make it anew.
import {
  type Kinds,
  type Shape,
  absent,
  anything,
  array,
  boolean,
  closed,
  count,
  either,
  kindOf,
  kinds,
  maybeNumber,
  maybeText,
  number,
  object,
  oneOf,
  optional,
  orNull,
  outline,
  someText,
  something,
  text,
} from '@holdfast/contract/shape'
import type {
  AcpAckFrame,
  AcpAuthFrame,
  AcpFrame,
  AcpGapFrame,
  AcpMessageFrame,
  AcpOrigin,
  AcpPingFrame,
  AcpPongFrame,
  AcpPosition,
  AcpResumeOffer,
  AcpResumeRequest,
  JsonRpcError,
  JsonRpcFailure,
  JsonRpcId,
  JsonRpcNotification,
  JsonRpcRequest,
  JsonRpcResult,
} from './types.ts'

export const jsonRpcId: Shape<JsonRpcId> = /* @__PURE__ */ orNull(/* @__PURE__ */ either('string or number', text, number))

export const jsonRpcError: Shape<JsonRpcError> = /* @__PURE__ */ object<JsonRpcError>({
  code: number,
  message: text,
  data: anything,
})

export const jsonRpcRequest: Shape<JsonRpcRequest> = /* @__PURE__ */ object<JsonRpcRequest>({
  jsonrpc: /* @__PURE__ */ oneOf('2.0'),
  id: jsonRpcId,
  method: text,
  params: anything,
})

export const jsonRpcNotification: Shape<JsonRpcNotification> = /* @__PURE__ */ object<JsonRpcNotification>({
  jsonrpc: /* @__PURE__ */ oneOf('2.0'),
  id: absent,
  method: text,
  params: anything,
})

export const jsonRpcResult: Shape<JsonRpcResult> = /* @__PURE__ */ object<JsonRpcResult>({
  jsonrpc: /* @__PURE__ */ oneOf('2.0'),
  id: jsonRpcId,
  result: something,
})

export const jsonRpcFailure: Shape<JsonRpcFailure> = /* @__PURE__ */ object<JsonRpcFailure>({
  jsonrpc: /* @__PURE__ */ oneOf('2.0'),
  id: jsonRpcId,
  error: jsonRpcError,
})

export const acpPosition: Shape<AcpPosition> = /* @__PURE__ */ object<AcpPosition>({
  sessionId: text,
  seq: count,
})

export const acpOrigin: Shape<AcpOrigin> = /* @__PURE__ */ object<AcpOrigin>({
  sessionId: text,
  seq: count,
  part: /* @__PURE__ */ optional(count),
})

export const acpResumeRequest: Shape<AcpResumeRequest> = /* @__PURE__ */ object<AcpResumeRequest>({
  v: /* @__PURE__ */ oneOf(1),
  client: someText,
  after: /* @__PURE__ */ optional(count),
  epoch: maybeText,
  positions: /* @__PURE__ */ optional(/* @__PURE__ */ array(acpPosition)),
})

export const acpResumeOffer: Shape<AcpResumeOffer> = /* @__PURE__ */ object<AcpResumeOffer>({
  v: /* @__PURE__ */ oneOf(1),
  epoch: text,
  resumed: boolean,
  maxFrameBytes: maybeNumber,
})

const acpAuthFrameMembers = /* @__PURE__ */ object<Omit<AcpAuthFrame, 'type'>>({
  token: text,
})

export const acpAuthFrame: Shape<AcpAuthFrame> = /* @__PURE__ */ kindOf('type', 'auth', acpAuthFrameMembers)

const acpMessageFrameMembers = /* @__PURE__ */ object<Omit<AcpMessageFrame, 'type'>>({
  n: count,
  from: /* @__PURE__ */ optional(acpOrigin),
  message: /* @__PURE__ */ outline(/* @__PURE__ */ object({
    jsonrpc: /* @__PURE__ */ oneOf('2.0'),
  })),
})

export const acpMessageFrame: Shape<AcpMessageFrame> = /* @__PURE__ */ kindOf('type', 'message', acpMessageFrameMembers)

const acpAckFrameMembers = /* @__PURE__ */ object<Omit<AcpAckFrame, 'type'>>({
  through: count,
})

export const acpAckFrame: Shape<AcpAckFrame> = /* @__PURE__ */ kindOf('type', 'ack', acpAckFrameMembers)

const acpPingFrameMembers = /* @__PURE__ */ object<Omit<AcpPingFrame, 'type'>>({
  through: /* @__PURE__ */ optional(count),
})

export const acpPingFrame: Shape<AcpPingFrame> = /* @__PURE__ */ kindOf('type', 'ping', acpPingFrameMembers)

const acpPongFrameMembers = /* @__PURE__ */ object<Omit<AcpPongFrame, 'type'>>({
  through: /* @__PURE__ */ optional(count),
})

export const acpPongFrame: Shape<AcpPongFrame> = /* @__PURE__ */ kindOf('type', 'pong', acpPongFrameMembers)

const acpGapFrameMembers = /* @__PURE__ */ object<Omit<AcpGapFrame, 'type'>>({
  n: count,
  sessionId: text,
  reason: text,
})

export const acpGapFrame: Shape<AcpGapFrame> = /* @__PURE__ */ kindOf('type', 'gap', acpGapFrameMembers)

export const acpFrameKinds: Kinds<AcpFrame> = /* @__PURE__ */ kinds<AcpFrame>('type', {
  auth: acpAuthFrameMembers,
  message: acpMessageFrameMembers,
  ack: acpAckFrameMembers,
  ping: acpPingFrameMembers,
  pong: acpPongFrameMembers,
  gap: acpGapFrameMembers,
})

export const acpFrame: Shape<AcpFrame> = /* @__PURE__ */ closed('type', acpFrameKinds)
