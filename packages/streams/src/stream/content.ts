import { isUtf8 } from 'node:buffer'
import { StreamError } from '../errors.ts'

/** How the bytes of a stream are read. `json`: messages; anything else is bytes (protocol §9). */
export type ContentForm = 'json' | 'text' | 'bytes'

export const DEFAULT_CONTENT_TYPE = 'application/octet-stream'

const CONTENT_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(\s*;.*)?$/

/** What is before the parameters, in lower case. */
export function essenceOf(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()
}

export function formOf(contentType: string): ContentForm {
  const essence = essenceOf(contentType)
  if (essence === 'application/json') return 'json'
  return essence.startsWith('text/') ? 'text' : 'bytes'
}

/** @throws StreamError `streams/bad_request` */
export function assertContentType(contentType: string): void {
  if (CONTENT_TYPE.test(contentType) && contentType.length <= 256) return
  throw new StreamError('streams/bad_request', 'Content-Type: expected one of the form type/subtype')
}

/**
 * The messages of a body as they are kept: their texts as they came, with a comma between them. An array is taken apart
 * one level deep (protocol §9.1.2). Undefined where it is an empty array.
 * @throws StreamError `streams/bad_request` for what is no JSON
 */
export function messagesOf(body: Buffer): Buffer | undefined {
  if (!isUtf8(body)) throw notJson()
  const text = body.toString()
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw notJson()
  }
  if (!Array.isArray(value)) return Buffer.from(text.trim())
  if (value.length === 0) return undefined
  return Buffer.from(text.trim().slice(1, -1).trim())
}

/** The texts of messages that {@link messagesOf} has put together: what is between the commas of the outermost level. */
export function splitMessages(text: string): readonly string[] {
  const messages: string[] = []
  let depth = 0
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') at = endOfString(text, at)
    else if (character === '[' || character === '{') depth++
    else if (character === ']' || character === '}') depth--
    else if (character === ',' && depth === 0) {
      messages.push(text.slice(from, at))
      from = at + 1
    }
  }
  messages.push(text.slice(from))
  return messages
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

function notJson(): StreamError {
  return new StreamError('streams/bad_request', 'body: expected JSON, as the Content-Type says')
}
