import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** Why an upgrade is refused. */
export interface UpgradeRefusal {
  readonly status: number
  readonly code: string
  readonly message: string
  /** When to try again. */
  readonly retryAfterMs?: number | undefined
}

/** Answers an upgrade with an HTTP refusal and a JSON error, and ends the socket. */
export function refuseUpgrade(socket: Duplex, refusal: UpgradeRefusal): void {
  const { status, code, message, retryAfterMs } = refusal
  const body = JSON.stringify({ error: { code, message } })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(status === 401 ? ['WWW-Authenticate: Bearer'] : []),
    ...(retryAfterMs === undefined ? [] : [`Retry-After: ${Math.ceil(retryAfterMs / 1000)}`]),
  ]
  // The body is written with the head: a peer that resets after it still gets both.
  socket.once('finish', () => socket.destroy())
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
