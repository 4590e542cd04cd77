import type { IncomingMessage } from 'node:http'
import { HoldfastError } from '@holdfast/contract'
import { fits, type Shape } from '@holdfast/contract/shape'

/** The body as it came. @throws HoldfastError `server/too_large`, and `server/bad_request` where the client broke it off */
export async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of reportingAborts(request)) {
    const piece = Buffer.from(chunk)
    bytes += piece.length
    if (bytes > maxBytes) break
    chunks.push(piece)
  }
  if (bytes > maxBytes) {
    // The rest is taken and thrown away: many clients listen only once they have sent everything.
    request.resume()
    throw new HoldfastError('server/too_large', `The body may have ${maxBytes} bytes.`)
  }
  const [only] = chunks
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)
}

/** A client that goes before its body is whole is no failure of the server, and the answer has no reader. */
async function* reportingAborts(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* request.iterator({ destroyOnReturn: false })
  } catch (cause) {
    throw new HoldfastError('server/bad_request', 'body: it was broken off before its end', { cause })
  }
}

/** The body as JSON; an empty one is an empty object. @throws HoldfastError `server/too_large`, `server/bad_request` */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const bytes = await readBytes(request, maxBytes)
  if (bytes.length === 0) return {}
  try {
    return JSON.parse(bytes.toString())
  } catch {
    throw new HoldfastError('server/bad_request', 'body: not valid JSON')
  }
}

/** Makes a parser of bodies that fit `shape`; it throws `server/bad_request` with what is wrong with one. */
export function bodyOf<Body>(shape: Shape<Body>): (body: unknown) => Body {
  return (body) => {
    if (fits(shape, body)) return body
    throw new HoldfastError('server/bad_request', `body${shape(body) ?? ''}`)
  }
}
