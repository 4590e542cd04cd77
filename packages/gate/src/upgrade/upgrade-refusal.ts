import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Clock, systemClock } from '@holdfast/contract'

/** How long a refused peer has to close its side. What it still sends until then is read and forgotten. */
const LINGER_MS = 1_000

/** Why an upgrade is refused. */
export interface UpgradeRefusal {
  readonly status: number
  readonly code: string
  readonly message: string
  /** When to try again. */
  readonly retryAfterMs?: number | undefined
  /** The body, sent as JSON. @defaultValue `{ error: { code, message } }` */
  readonly body?: object | undefined
}

/**
 * Answers an upgrade with an HTTP refusal and a JSON error, and ends the socket. The socket is closed when the peer has
 * closed its side, after a second at the latest: closed over unread bytes it would be reset, and the answer lost.
 */
export function refuseUpgrade(socket: Duplex, refusal: UpgradeRefusal, clock: Clock = systemClock): void {
  const { status, code, message, retryAfterMs } = refusal
  const body = JSON.stringify(refusal.body ?? { error: { code, message } })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(status === 401 ? ['WWW-Authenticate: Bearer'] : []),
    ...(retryAfterMs === undefined ? [] : [`Retry-After: ${Math.ceil(retryAfterMs / 1000)}`]),
  ]
  const linger = clock.after(LINGER_MS, () => socket.destroy())
  const destroyWhenBothEnded = (): void => {
    if (socket.writableFinished && socket.readableEnded) socket.destroy()
  }
  socket.on('error', () => socket.destroy())
  socket.once('close', () => linger.cancel())
  socket.once('finish', destroyWhenBothEnded)
  socket.once('end', destroyWhenBothEnded)
  socket.resume()
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
