import { type Clock, OpenError, redactHeaders, retryAfterMs } from '@holdfast/contract'

/** By the rules of the HTML Living Standard §9.2.3. */
export function isEventStream(status: number, headers: Readonly<Record<string, string>>): boolean {
  return status === 200 && /^text\/event-stream *(;|$)/i.test(headers['content-type'] ?? '')
}

/** The error of a response that is no event stream. */
export function refused(status: number, headers: Readonly<Record<string, string>>, clock: Clock): OpenError {
  return new OpenError(`expected 200 text/event-stream, got ${status} ${headers['content-type']}`, {
    status,
    retryAfterMs: retryAfterMs(headers['retry-after'], headers['date'], clock.epoch()),
    headers: redactHeaders(headers),
  })
}

/** The error of a request that got no response. */
export function unreachable(error: unknown): OpenError {
  // Node.js puts the system's error into the cause.
  const { cause = error }: { cause?: unknown } = Object(error)
  const { code }: { code?: string } = Object(cause)
  // Some runtimes put the whole URL into their message, and a URL may carry a secret.
  return new OpenError('no response', { syscallCode: code }, String(error).includes('://') ? undefined : error)
}
