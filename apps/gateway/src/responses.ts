import type { ServerResponse } from 'node:http'

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
