// Made from ../schemas by packages/protocol/generate: change the schemas, and make it anew.
import type { Open } from '@holdfast/contract/shape'

/** Names a request for its answer: 0 and the empty text are names too. JSON-RPC 2.0 §4. */
export type JsonRpcId = string | number | null

/** Why a request failed. JSON-RPC 2.0 §5.1. */
export interface JsonRpcError {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** Wants an answer with the same `id`. JSON-RPC 2.0 §4. */
export interface JsonRpcRequest {
  readonly jsonrpc: '2.0'
  readonly id: JsonRpcId
  readonly method: string
  readonly params?: unknown
}

/** Wants no answer. JSON-RPC 2.0 §4.1. */
export interface JsonRpcNotification {
  readonly jsonrpc: '2.0'
  readonly id?: undefined
  readonly method: string
  readonly params?: unknown
}

/** A request was done. JSON-RPC 2.0 §5. */
export interface JsonRpcResult {
  readonly jsonrpc: '2.0'
  readonly id: JsonRpcId
  readonly result: unknown
}

/** A request failed. JSON-RPC 2.0 §5. */
export interface JsonRpcFailure {
  readonly jsonrpc: '2.0'
  readonly id: JsonRpcId
  readonly error: JsonRpcError
}

/** Answers a request. JSON-RPC 2.0 §5. */
export type JsonRpcResponse = JsonRpcResult | JsonRpcFailure

/** Anything that either side may say, alone: there are no batches. ACP §1. */
export type JsonRpcMessage = JsonRpcRequest | JsonRpcNotification | JsonRpcResponse

/** Every message of every record of a session, up to this one, has arrived. */
export interface AcpPosition {
  readonly sessionId: string
  readonly seq: number
}

/** The record of a session that a message belongs to. It is the same on every gateway. */
export interface AcpOrigin {
  readonly sessionId: string
  readonly seq: number
  /** Where one record makes several messages: 0, 1, … @defaultValue 0 */
  readonly part?: number | undefined
}

/** In `params._meta.holdfast` of `initialize`: the client speaks the resume extension. */
export interface AcpResumeRequest {
  readonly v: 1
  /** Names this client object: random, kept in memory only. */
  readonly client: string
  /** The number of the last message that it has, of `epoch`. */
  readonly after?: number | undefined
  /** The numbering that `after` belongs to. */
  readonly epoch?: string | undefined
  /** For a gateway that does not remember the numbering. */
  readonly positions?: readonly AcpPosition[] | undefined
}

/** In `result._meta.holdfast` of the answer: what follows is in frames. Else the server does not speak it. */
export interface AcpResumeOffer {
  readonly v: 1
  /** Names this numbering of the server's messages. */
  readonly epoch: string
  /** The numbering continues after `after`. Otherwise the session logs are sent from the positions on. */
  readonly resumed: boolean
  readonly maxFrameBytes?: number | undefined
}

/** Before `initialize`, where the runtime cannot set headers. */
export interface AcpAuthFrame {
  readonly type: 'auth'
  readonly token: string
}

/** One JSON-RPC message under its number. */
export interface AcpMessageFrame {
  readonly type: 'message'
  /** 1, 2, 3 … in the order of writing; the same when it is written again. A client may leave numbers out; none is used twice. */
  readonly n: number
  readonly from?: AcpOrigin | undefined
  readonly message: JsonRpcMessage
}

/** Everything up to this number has arrived. A request too, but a client keeps it until its answer comes. */
export interface AcpAckFrame {
  readonly type: 'ack'
  readonly through: number
}

/** Answered at once by a pong. */
export interface AcpPingFrame {
  readonly type: 'ping'
  /** As in an acknowledgement. */
  readonly through?: number | undefined
}

/** Answers a ping. */
export interface AcpPongFrame {
  readonly type: 'pong'
  /** As in an acknowledgement. */
  readonly through?: number | undefined
}

/** The events between the position and the next message are no longer available. */
export interface AcpGapFrame {
  readonly type: 'gap'
  /** 1, 2, 3 … in the order of writing; the same when it is written again. A client may leave numbers out; none is used twice. */
  readonly n: number
  readonly sessionId: string
  readonly reason: Open<'retention' | 'rollback' | 'unknown-session'>
}

/** What is said after the offer, both ways; `gap` by the server alone, `auth` by the client and before everything else. */
export type AcpFrame = AcpAuthFrame | AcpMessageFrame | AcpAckFrame | AcpPingFrame | AcpPongFrame | AcpGapFrame
