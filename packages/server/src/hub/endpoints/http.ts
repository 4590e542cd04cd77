import type { IncomingMessage, ServerResponse } from 'node:http'
import { HubError } from '../errors.ts'

/** The body as JSON; an empty one is an empty object. @throws HubError `hub/too_large`, `hub/bad_request` */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    const piece = Buffer.from(chunk)
    bytes += piece.length
    if (bytes > maxBytes) throw new HubError('hub/too_large', `The body may have ${maxBytes} bytes.`)
    chunks.push(piece)
  }
  if (bytes === 0) return {}
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw new HubError('hub/bad_request', 'body: not valid JSON')
  }
}

/** A whole number of the query, within its bounds. @throws HubError `hub/bad_request` */
export function numberIn(query: URLSearchParams, name: string, absent: number, most: number): number {
  const text = query.get(name)
  if (text === null || text === '') return absent
  const value = Number(text)
  const least = name === 'limit' ? 1 : 0
  if (Number.isSafeInteger(value) && value >= least) return Math.min(value, most)
  throw new HubError('hub/bad_request', `${name}: expected a whole number of at least ${least}`)
}

/** Resolves when the client has taken what was written, or is gone. */
export function taken(response: ServerResponse): Promise<void> {
  if (!response.writableNeedDrain || response.destroyed) return new Promise((resolve) => setImmediate(resolve))
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
