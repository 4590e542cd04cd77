import { type Json, objectOf } from '../checking/json.ts'

/** A request, a notification or an answer of JSON-RPC 2.0. */
export function jsonRpc(message: Json): Json {
  return { jsonrpc: '2.0', ...message }
}

/** The JSON-RPC message of a frame, or of one that is in no frame; without members where there is none. */
export function messageOf(frame: Json): Json {
  if (frame['type'] === 'message') return objectOf(frame['message'])
  return 'jsonrpc' in frame ? frame : {}
}

/** What the extension says in a member `_meta`. */
export function holdfastOf(value: unknown): Json {
  return objectOf(objectOf(objectOf(value)['_meta'])['holdfast'])
}

/** The text that an update streams. */
export function chunkOf(frame: Json): string {
  const { method, params } = messageOf(frame)
  const { sessionUpdate, content } = objectOf(objectOf(params)['update'])
  const isChunk = method === 'session/update' && sessionUpdate === 'agent_message_chunk'
  return isChunk ? String(objectOf(content)['text'] ?? '') : ''
}

/** Whether this is the answer to a request. */
export function isAnswerTo(frame: Json, id: unknown): boolean {
  const message = messageOf(frame)
  return !('method' in message) && 'id' in message && message['id'] === id
}

/** Whether this is a request or notification of that method. */
export function isOf(frame: Json, method: string): boolean {
  return messageOf(frame)['method'] === method
}

/** The question that agents of both checks ask. */
export const QUESTION = 'session/request_permission'

/** A choice of a question. */
export function selected(optionId: string): Json {
  return { outcome: { outcome: 'selected', optionId } }
}
