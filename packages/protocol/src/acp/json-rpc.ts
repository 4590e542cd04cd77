import type { Decoded } from '@holdfast/contract'
import { expected, type Fields, fits, isObject, parseWith, type Shape } from '@holdfast/contract/shape'
import { jsonRpcFailure, jsonRpcNotification, jsonRpcRequest, jsonRpcResult } from './generated/checks.ts'
import type { JsonRpcFailure, JsonRpcId, JsonRpcMessage, JsonRpcRequest, JsonRpcResponse } from './generated/types.ts'

/** Codes of JSON-RPC errors that ACP gives a meaning. JSON-RPC 2.0 §5.1, ACP §1. */
export const JSON_RPC_ERROR = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  authRequired: -32000,
  notFound: -32002,
  cancelled: -32800,
} as const

/** What has a `method` is a request or, without an `id`, a notification; the rest is an answer. JSON-RPC 2.0 §4, §5. */
export const jsonRpcMessage: Shape<JsonRpcMessage> = (value) => {
  if (!isObject(value)) return expected('object', value)
  if (value['method'] !== undefined) {
    return 'id' in value ? kind('request', jsonRpcRequest, value) : kind('notification', jsonRpcNotification, value)
  }
  if (value['error'] !== undefined) return kind('error', jsonRpcFailure, value)
  return kind('result', jsonRpcResult, value)
}

/** Checks one value. Members that are not known pass; an issue is one line without values. Batches are no messages. */
export function parseJsonRpcMessage(value: unknown): Decoded<JsonRpcMessage> {
  return parseWith('message', jsonRpcMessage, value)
}

/** True for a message that expects an answer. */
export function isJsonRpcRequest(message: JsonRpcMessage): message is JsonRpcRequest {
  return 'method' in message && 'id' in message
}

/** True for an answer, of either kind. */
export function isJsonRpcResponse(message: JsonRpcMessage): message is JsonRpcResponse {
  return !('method' in message)
}

/** An answer that reports an error. */
export function jsonRpcFailureOf(id: JsonRpcId, code: number, message: string, data?: unknown): JsonRpcFailure {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } }
}

/** A key that distinguishes ids that look alike: 1 and "1", "" and `null`. */
export function jsonRpcIdKey(id: JsonRpcId): string {
  return typeof id === 'string' ? `"${id}` : String(id)
}

/** The session that a message is about, where it names one. ACP §1. */
export function acpSessionOf(message: JsonRpcMessage): string | undefined {
  const holder: unknown = 'method' in message ? message.params : 'result' in message ? message.result : undefined
  const session = isObject(holder) ? holder['sessionId'] : undefined
  return typeof session === 'string' ? session : undefined
}

/** The error answer to JSON that is not a message; `undefined` for a message. ACP §1. */
export function jsonRpcRefusalOf(value: unknown): JsonRpcFailure | undefined {
  if (Array.isArray(value))
    return jsonRpcFailureOf(null, JSON_RPC_ERROR.invalidRequest, 'Invalid request: JSON-RPC batches are not supported')
  const issue = jsonRpcMessage(value)
  return issue === undefined
    ? undefined
    : jsonRpcFailureOf(idOf(value), JSON_RPC_ERROR.invalidRequest, `Invalid request: message${issue}`)
}

function idOf(value: unknown): JsonRpcId {
  const id = isObject(value) && 'method' in value ? value['id'] : null
  return typeof id === 'string' || typeof id === 'number' ? id : null
}

function kind<T>(name: string, shape: Shape<T>, value: Fields): string | undefined {
  return fits(shape, value) ? undefined : `(${name})${shape(value)}`
}
