import {
  type AcpFrame,
  acpSessionOf,
  isAcpFrame,
  JSON_RPC_ERROR,
  type JsonRpcFailure,
  type JsonRpcMessage,
  jsonRpcFailureOf,
  jsonRpcRefusalOf,
  parseAcpWireMessage,
} from '@holdfast/protocol/acp'

/** What is made of one JSON text of a client before anything behind the endpoint sees it. */
export type Inspected =
  | { readonly kind: 'message'; readonly message: JsonRpcMessage }
  | { readonly kind: 'frame'; readonly frame: AcpFrame }
  /** It is answered here, and passed on never. */
  | { readonly kind: 'refused'; readonly answer: JsonRpcFailure }
  /** It looks like an answer and is none that can be read: an error for it could be answered with an error. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'long_id' }

/** Reads a text: broken JSON, batches, bare values and what is no message are refused in the words of JSON-RPC. */
export function inspectText(text: string, maxIdLength: number): Inspected {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'refused', answer: jsonRpcFailureOf(null, JSON_RPC_ERROR.parse, 'Parse error') }
  }
  return inspectValue(value, maxIdLength)
}

/** The same of a value. */
export function inspectValue(value: unknown, maxIdLength: number): Inspected {
  const read = parseAcpWireMessage(value)
  if (read.ok) {
    const message = isAcpFrame(read.message) ? innerOf(read.message) : read.message
    if (message !== undefined && hasLongId(message, maxIdLength)) return { kind: 'long_id' }
    return isAcpFrame(read.message)
      ? { kind: 'frame', frame: read.message }
      : { kind: 'message', message: read.message }
  }
  if (isLikeAnswer(value)) return { kind: 'ignored' }
  return { kind: 'refused', answer: jsonRpcRefusalOf(value) ?? invalid() }
}

function invalid(): JsonRpcFailure {
  return jsonRpcFailureOf(null, JSON_RPC_ERROR.invalidRequest, 'Invalid request')
}

function innerOf(frame: AcpFrame): JsonRpcMessage | undefined {
  return frame.type === 'message' ? frame.message : undefined
}

function hasLongId(message: JsonRpcMessage, most: number): boolean {
  const id = 'id' in message ? message.id : undefined
  return (typeof id === 'string' && id.length > most) || (acpSessionOf(message)?.length ?? 0) > most
}

function isLikeAnswer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && 'id' in value && !('method' in value)
}
