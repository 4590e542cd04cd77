import type { IncomingMessage } from 'node:http'
import { CHANNEL_ERRORS, type Clock, HoldfastError, OpenError, redactUrl, retryAfterMs } from '@holdfast/contract'
import { TRANSPORT_NODE_ERRORS, type TransportNodeErrorCode } from './errors.ts'
import { visibleHeaders } from './headers.ts'

const SENTENCES = { ...CHANNEL_ERRORS, ...TRANSPORT_NODE_ERRORS }

/** An error that ended an open channel, under a code of this package. */
export function channelError(code: TransportNodeErrorCode, cause: Error): HoldfastError {
  const syscallCode = codeOf(cause)
  const reason = reasonOf(cause)
  return new HoldfastError(code, `${SENTENCES[code].sentence} ${reason}`, {
    cause,
    details: { ...(syscallCode === undefined ? {} : { syscallCode }), reason },
  })
}

/** A dial whose URL cannot be read. The URL is not repeated: where it is malformed, it cannot be redacted. */
export function unreadableUrl(): OpenError {
  return new OpenError('Expected the URL of a WebSocket (ws: or wss:), but the target has none that can be read.', {
    syscallCode: 'ERR_INVALID_URL',
  })
}

/** A dial that failed before anybody answered it. */
export function unreachable(url: string, cause: unknown): OpenError {
  const syscallCode = codeOf(cause)
  return new OpenError(
    `Could not open ${redactUrl(url)}: ${reasonOf(cause)}`,
    syscallCode === undefined ? {} : { syscallCode },
    cause,
  )
}

/** What is known of an answer that was not an upgrade. */
export interface Refusal {
  readonly url: string
  readonly response: IncomingMessage
  readonly body: string
  /** Set where it was the proxy that refused; its status says nothing about the target. */
  readonly proxyStatus: number | undefined
}

/** A dial that was answered with something other than an upgrade. */
export function refused({ url, response, body, proxyStatus }: Refusal, clock: Clock): OpenError {
  const wait = retryAfterMs(response.headers['retry-after'], response.headers.date, clock.epoch())
  const who = proxyStatus === undefined ? 'the server refused the upgrade' : 'the proxy refused the tunnel'
  const details = {
    ...(proxyStatus === undefined ? { status: response.statusCode } : { proxyStatus }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    headers: visibleHeaders(response.headers),
    body,
  }
  return new OpenError(`Could not open ${redactUrl(url)}: ${who} with status ${response.statusCode}.`, details)
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** An error of several attempts (IPv4 and IPv6) has no message of its own. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.message !== '') return error.message
  return codeOf(error) ?? error.name
}
