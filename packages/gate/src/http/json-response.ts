import type { IncomingMessage, ServerResponse } from 'node:http'

/** Lets a page of an allowed origin read the answer. */
export function allowOrigin(request: IncomingMessage, response: ServerResponse): void {
  const { origin } = request.headers
  if (origin === undefined) return
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('vary', 'origin')
}

/** What a browser asks before it asks: which methods and headers are allowed. */
export function preflight(response: ServerResponse, methods: readonly string[]): undefined {
  response.setHeader('access-control-allow-methods', methods.join(', '))
  response.setHeader('access-control-allow-headers', 'authorization, content-type, last-event-id, idempotency-key')
  response.setHeader('access-control-max-age', '600')
  response.writeHead(204).end()
}

/** Answers may hold what only this principal may see: no cache keeps them, and no browser takes them for anything else. */
export function keepPrivate(response: ServerResponse): void {
  response.setHeader('cache-control', 'no-store')
  response.setHeader('x-content-type-options', 'nosniff')
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  keepPrivate(response)
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}
