import type { IncomingMessage } from 'node:http'
import { HoldfastError } from '@holdfast/contract'

/** The body as JSON; an empty one is an empty object. @throws HoldfastError `server/too_large`, `server/bad_request` */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    const piece = Buffer.from(chunk)
    bytes += piece.length
    if (bytes > maxBytes) throw new HoldfastError('server/too_large', `The body may have ${maxBytes} bytes.`)
    chunks.push(piece)
  }
  if (bytes === 0) return {}
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw new HoldfastError('server/bad_request', 'body: not valid JSON')
  }
}

/** A body that has to be an object. @throws HoldfastError `server/bad_request` */
export function asObject(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body }
  throw new HoldfastError('server/bad_request', 'body: expected a JSON object')
}
