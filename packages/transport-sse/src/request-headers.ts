import { OpenError, type Target } from '@holdfast/contract'
import type { HeadersConstructor } from './fetch-types.ts'

declare const Headers: HeadersConstructor

/** Headers that carry nothing that another server must not see. */
const PLAIN: readonly string[] = ['accept', 'accept-language', 'content-type', 'last-event-id']

/** Whether a redirect to another server may take these headers along. */
export function isPlain(headers: Target['headers']): boolean {
  return Object.keys(headers ?? {}).every((name) => PLAIN.includes(name.toLowerCase()))
}

/**
 * What is sent, and the id in it. Proxies compress what they are allowed to, and then keep events until there are enough:
 * so nothing is allowed. `Last-Event-ID` goes out as UTF-8 (HTML Living Standard §9.2.3).
 * @throws `channel/invalid_header` naming the header
 */
export function requestHeaders(
  given: Target['headers'],
  cutAfter: string,
): { readonly headers: Record<string, string>; readonly lastId: string } {
  let lastId = cutAfter
  const headers: Record<string, string> = { accept: 'text/event-stream', 'accept-encoding': 'identity' }
  for (const [key, value] of Object.entries(given ?? {})) {
    const name = key.toLowerCase()
    if (name === 'last-event-id') lastId = value
    else headers[name] = value
  }
  if (lastId !== '') headers['last-event-id'] = asUtf8(lastId)
  for (const [name, value] of Object.entries(headers)) assertHeader(name, value)
  return { headers, lastId }
}

/** The runtime knows what it sends. Its message repeats the value, which may be a secret. */
export function assertHeader(name: string, value: string): void {
  try {
    new Headers({ [name]: value })
  } catch {
    const text = `The header ${name} cannot be sent: expected no line break, no NUL and no character above U+00FF.`
    throw new OpenError(text, { header: name, unsent: true }, undefined, 'channel/invalid_header')
  }
}

/** Headers are bytes, one a character. */
function asUtf8(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')
}
