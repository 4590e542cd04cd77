import { type Clock, isCertificateCode, OpenError, peerWord, redactHeaders, retryAfterMs } from '@holdfast/contract'

declare const location: { readonly href: string } | undefined

/**
 * As a page it may be relative to itself.
 * @throws `channel/invalid_url`; the URL is not repeated, as what is malformed cannot be redacted
 */
export function assertUrl(url: string): void {
  const base = typeof location === 'undefined' ? undefined : location.href
  try {
    if (/^https?:$/.test(new URL(url, base).protocol)) return
  } catch {}
  const text = 'Expected the http: or https: URL of an event stream, but the target has none that can be read.'
  throw new OpenError(text, { unsent: true }, undefined, 'channel/invalid_url')
}

/** By the rules of the HTML Living Standard §9.2.3. */
export function isEventStream(status: number, headers: Readonly<Record<string, string>>): boolean {
  return status === 200 && /^text\/event-stream *(;|$)/i.test(headers['content-type'] ?? '')
}

/** The error of a response that is no event stream. `body`: its first bytes, where it has any. */
export function refused(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
  clock: Clock,
  expected = 'text/event-stream',
): OpenError {
  return new OpenError(`expected 200 ${expected}, got ${status} ${headers['content-type']}`, {
    status,
    retryAfterMs: retryAfterMs(headers['retry-after'], headers['date'], clock.epoch()),
    headers: redactHeaders(headers),
    body,
    word: peerWord(body),
  })
}

/** The error of a redirect that was not followed. Browsers hide where to, with a status of 0. */
export function redirected(status: number, headers: Readonly<Record<string, string>>, url: string): OpenError {
  const { location: to, ...others } = headers
  const redirectHost = to === undefined ? undefined : hostOf(to, url)
  const text = `The server redirects${redirectHost === undefined ? '' : ` to ${redirectHost}`}, which is not followed with headers of the target. Give that URL.`
  const details = { status: status === 0 ? undefined : status, redirectHost, headers: redactHeaders(others) }
  return new OpenError(text, details, undefined, 'channel/redirected')
}

function hostOf(to: string, base: string): string | undefined {
  try {
    return new URL(to, base).host
  } catch {
    return undefined
  }
}

/** System error codes of a connection that was not made: the request was not sent. */
const NOT_CONNECTED: readonly string[] = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]

/** The error of a request that got no response. */
export function unreachable(error: unknown): OpenError {
  // Node.js puts the system's error into the cause.
  const { cause = error }: { cause?: unknown } = Object(error)
  const { code }: { code?: string } = Object(cause)
  // Some runtimes put the whole URL into their message, and a URL may carry a secret.
  const safe = String(error).includes('://') ? undefined : error
  if (isCertificateCode(code)) {
    const text = `The certificate is not accepted (${code}). Trust its authority (NODE_EXTRA_CA_CERTS), or correct it.`
    return new OpenError(text, { syscallCode: code, unsent: true }, safe, 'channel/untrusted_certificate')
  }
  const unsent = code !== undefined && NOT_CONNECTED.includes(code) ? true : undefined
  return new OpenError('no response', { syscallCode: code, unsent }, safe)
}
