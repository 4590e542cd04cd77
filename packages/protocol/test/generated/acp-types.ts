// Made from ../../src/acp/schemas by packages/protocol/generate: change the schemas, and make it anew.
import type { z } from 'zod'
import type * as types from '../../src/acp/generated/types.ts'
import type * as schemas from '../../src/acp/schemas/index.ts'
import type { Holds, Same } from '../same.ts'

export type JsonRpcId = Holds<Same<z.infer<typeof schemas.jsonRpcId>, types.JsonRpcId>>
export type JsonRpcError = Holds<Same<z.infer<typeof schemas.jsonRpcError>, types.JsonRpcError>>
export type JsonRpcRequest = Holds<Same<z.infer<typeof schemas.jsonRpcRequest>, types.JsonRpcRequest>>
export type JsonRpcNotification = Holds<Same<z.infer<typeof schemas.jsonRpcNotification>, types.JsonRpcNotification>>
export type JsonRpcResult = Holds<Same<z.infer<typeof schemas.jsonRpcResult>, types.JsonRpcResult>>
export type JsonRpcFailure = Holds<Same<z.infer<typeof schemas.jsonRpcFailure>, types.JsonRpcFailure>>
export type JsonRpcResponse = Holds<Same<z.infer<typeof schemas.jsonRpcResponse>, types.JsonRpcResponse>>
export type JsonRpcMessage = Holds<Same<z.infer<typeof schemas.jsonRpcMessage>, types.JsonRpcMessage>>
export type AcpPosition = Holds<Same<z.infer<typeof schemas.acpPosition>, types.AcpPosition>>
export type AcpOrigin = Holds<Same<z.infer<typeof schemas.acpOrigin>, types.AcpOrigin>>
export type AcpResumeRequest = Holds<Same<z.infer<typeof schemas.acpResumeRequest>, types.AcpResumeRequest>>
export type AcpResumeOffer = Holds<Same<z.infer<typeof schemas.acpResumeOffer>, types.AcpResumeOffer>>
export type AcpAuthFrame = Holds<Same<z.infer<typeof schemas.acpAuthFrame>, types.AcpAuthFrame>>
export type AcpMessageFrame = Holds<Same<z.infer<typeof schemas.acpMessageFrame>, types.AcpMessageFrame>>
export type AcpAckFrame = Holds<Same<z.infer<typeof schemas.acpAckFrame>, types.AcpAckFrame>>
export type AcpPingFrame = Holds<Same<z.infer<typeof schemas.acpPingFrame>, types.AcpPingFrame>>
export type AcpPongFrame = Holds<Same<z.infer<typeof schemas.acpPongFrame>, types.AcpPongFrame>>
export type AcpGapFrame = Holds<Same<z.infer<typeof schemas.acpGapFrame>, types.AcpGapFrame>>
export type AcpFrame = Holds<Same<z.infer<typeof schemas.acpFrame>, types.AcpFrame>>
