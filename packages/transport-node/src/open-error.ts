import type { IncomingMessage } from 'node:http'
import {
  CHANNEL_ERRORS,
  type Clock,
  HoldfastError,
  isCertificateCode,
  OpenError,
  peerWord,
  redactUrl,
  retryAfterMs,
} from '@holdfast/contract'
import { TRANSPORT_NODE_ERRORS, type TransportNodeErrorCode } from './errors.ts'
import { visibleHeaders } from './headers.ts'

const SENTENCES = { ...CHANNEL_ERRORS, ...TRANSPORT_NODE_ERRORS }

const CERTIFICATE_ACTION =
  'Give the authority that signed it (tls.ca, or NODE_EXTRA_CA_CERTS in the environment), or correct the certificate.'

/** An error that ended an open channel, under a code of this package. */
export function channelError(code: TransportNodeErrorCode, cause: Error): HoldfastError {
  const syscallCode = codeOf(cause)
  const reason = reasonOf(cause)
  return new HoldfastError(code, `${SENTENCES[code].sentence} ${reason}`, {
    cause,
    details: { ...(syscallCode === undefined ? {} : { syscallCode }), reason },
  })
}

/** A header that Node does not send. Its value is not repeated: it may be a secret. */
export function invalidHeader(name: string): OpenError {
  const text = `The header ${name.toLowerCase()} cannot be sent: expected no line break, no NUL and no character above U+00FF.`
  return new OpenError(text, { header: name.toLowerCase() }, undefined, 'channel/invalid_header')
}

/** A dial that failed before anybody answered it. */
export function unreachable(url: string, cause: unknown): OpenError {
  const syscallCode = codeOf(cause)
  const isCertificate = isCertificateCode(syscallCode)
  const why = isCertificate
    ? `the certificate is not accepted (${syscallCode}): ${reasonOf(cause)}. ${CERTIFICATE_ACTION}`
    : reasonOf(cause)
  return new OpenError(
    `Could not open ${redactUrl(url)}: ${why}`,
    syscallCode === undefined ? {} : { syscallCode },
    cause,
    isCertificate ? 'channel/untrusted_certificate' : 'channel/open_failed',
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
    // What a proxy says is not the peer's word.
    word: proxyStatus === undefined ? peerWord(body) : undefined,
  }
  const text = `Could not open ${redactUrl(url)}: ${who} with status ${response.statusCode}.`
  const { statusCode = 0 } = response
  if (proxyStatus !== undefined || statusCode < 300 || statusCode >= 400) return new OpenError(text, details)
  const redirectHost = redirectHostOf(response.headers.location, url)
  const where =
    redirectHost === undefined ? '' : ` It redirects to ${redirectHost}, which is not followed: give that URL.`
  return new OpenError(text + where, { ...details, redirectHost }, undefined, 'channel/redirected')
}

function redirectHostOf(location: string | undefined, url: string): string | undefined {
  if (location === undefined || !URL.canParse(location, url)) return undefined
  return new URL(location, url).host
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
