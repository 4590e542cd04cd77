import type { IncomingMessage, ServerResponse } from 'node:http'

/** Headers beside the usual ones, by name. */
export interface CrossOriginHeaders {
  /** That pages may send. */
  readonly sent: readonly string[]
  /** That pages may read. */
  readonly read: readonly string[]
}

const USUAL_HEADERS = ['authorization', 'content-type', 'last-event-id', 'idempotency-key']

/** Lets a page of an allowed origin read the answer. */
export function allowOrigin(
  request: IncomingMessage,
  response: ServerResponse,
  { read }: Pick<CrossOriginHeaders, 'read'> = { read: [] },
): void {
  const { origin } = request.headers
  if (origin === undefined) return
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('vary', 'origin')
  if (read.length > 0) response.setHeader('access-control-expose-headers', read.join(', '))
}

/** Lets pages of every origin read the answer, which is the same for all: any cache may store it. */
export function allowEveryOrigin(
  response: ServerResponse,
  { read }: Pick<CrossOriginHeaders, 'read'> = { read: [] },
): void {
  response.setHeader('access-control-allow-origin', '*')
  if (read.length > 0) response.setHeader('access-control-expose-headers', read.join(', '))
}

/** Answers a browser's preflight request: which methods and headers are allowed. */
export function preflight(
  response: ServerResponse,
  methods: readonly string[],
  { sent }: Pick<CrossOriginHeaders, 'sent'> = { sent: [] },
): undefined {
  response.setHeader('access-control-allow-methods', methods.join(', '))
  response.setHeader('access-control-allow-headers', [...USUAL_HEADERS, ...sent].join(', '))
  response.setHeader('access-control-max-age', '600')
  response.writeHead(204).end()
}

/** Marks an answer that only this principal may see: caches do not store it, and browsers do not guess its type. */
export function keepPrivate(response: ServerResponse): void {
  response.setHeader('cache-control', 'no-store')
  response.setHeader('x-content-type-options', 'nosniff')
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  keepPrivate(response)
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}
