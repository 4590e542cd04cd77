import type { IncomingMessage, ServerResponse } from 'node:http'

/** The body of a request; undefined: it is larger than `maxBytes`, and the rest of it is not read. */
export async function readText(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return tooLarge(request, response)
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const piece = Buffer.from(chunk)
    bytes += piece.length
    if (bytes > maxBytes) return tooLarge(request, response)
    chunks.push(piece)
  }
  return Buffer.concat(chunks).toString()
}

/** The answer goes out while the rest comes in; then the connection is of no more use. */
function tooLarge(request: IncomingMessage, response: ServerResponse): undefined {
  response.setHeader('connection', 'close')
  request.resume()
}
