import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { refuseUpgrade } from '@holdfast/gate'

/** Headers of every answer: a token may be in the page's address, and must not travel on from there. */
export const COMMON_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(response, { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(body)}\n`, headers })
}

/** Answers with gateway.md's error. */
export function sendError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers?: Readonly<Record<string, string>>,
): void {
  sendJson(response, status, { error: { code, message } }, headers)
}

/** Answers with a whole body. Nothing of it is cached. */
export function send(
  response: ServerResponse,
  answer: {
    readonly status: number
    readonly type: string
    readonly body: string
    readonly headers?: Readonly<Record<string, string>> | undefined
  },
): void {
  const { status, type, body, headers } = answer
  response.writeHead(status, {
    ...COMMON_HEADERS,
    'cache-control': 'no-store',
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    ...headers,
  })
  response.end(body)
}

/** Redirects the client to another address, for good. */
export function redirect(response: ServerResponse, location: string): void {
  response.writeHead(308, { location }).end()
}

/** There is nothing that answers. */
export function notFound(response: ServerResponse): void {
  sendError(response, 404, 'not_found', 'There is nothing at this path.')
}

/** Refuses what a gateway that is not ready cannot answer yet, or any more. */
export function refuseForNow(response: ServerResponse, phase: string): void {
  sendError(response, 503, 'unavailable', `The gateway is ${phase}.`, { 'retry-after': '1', connection: 'close' })
}

/** Refuses what is no HTTP, or too large. */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400
  refuseUpgrade(socket, { status, code: 'bad_request', message: 'The request could not be read.' })
}
