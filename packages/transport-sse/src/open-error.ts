import { type Clock, OpenError, redactHeaders } from '@holdfast/contract'
import type { ByteReader, FetchResponse } from './fetch-types.ts'
import { retryAfterMs } from './retry-after.ts'

/** So much of a refusal's body is kept, in characters … */
const MAX_BODY_CHARS = 2_048
/** … and so long it is waited for: the status matters more. */
const BODY_WAIT_MS = 1_000

/** Why this response is no event stream, or undefined when it is one (HTML Living Standard §9.2.3). */
export function refusalOf({ status, headers, body }: FetchResponse): string | undefined {
  if (status !== 200) return `expected HTTP 200, got ${status}`
  const type = headers.get('content-type') ?? 'none'
  if (!/^\s*text\/event-stream\s*(;|$)/i.test(type)) {
    return `expected content-type text/event-stream, got ${type.slice(0, 100)}`
  }
  return body === null ? 'expected a body, got none' : undefined
}

/** The typed error of a response that is no event stream. Reads the beginning of its body. */
export async function openErrorOf(reason: string, response: FetchResponse, clock: Clock): Promise<OpenError> {
  const { status, headers } = response
  const body = response.body === null ? '' : await beginningOf(response.body.getReader(), clock)
  return new OpenError(`The event stream was refused: ${reason}.`, {
    status,
    retryAfterMs: retryAfterMs(headers.get('retry-after'), headers.get('date'), clock.epoch()),
    headers: redactHeaders(headersOf(response)),
    body: body === '' ? undefined : body,
  })
}

/** The typed error of a request that got no response. */
export function openErrorFrom(error: unknown): OpenError {
  // Some runtimes put the whole URL into their message, and a URL may carry a secret.
  const cause = String(error).includes('://') ? undefined : error
  return new OpenError('The event stream could not be requested.', { syscallCode: codeOf(error) }, cause)
}

/** Response headers with lower-case names. */
export function headersOf({ headers }: FetchResponse): Record<string, string> {
  const all: Record<string, string> = {}
  headers.forEach((value, name) => {
    all[name.toLowerCase()] = value
  })
  return all
}

/** Whatever arrives in time. Never rejects; the reader is cancelled. */
async function beginningOf(reader: ByteReader, clock: Clock): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  const cancel = (): void => void reader.cancel().catch(() => {})
  const timer = clock.after(BODY_WAIT_MS, cancel)
  try {
    while (text.length < MAX_BODY_CHARS) {
      const { value } = await reader.read()
      if (value === undefined) break
      text += decoder.decode(value, { stream: true })
    }
  } catch {
    // The refusal stands without its body.
  }
  timer.cancel()
  cancel()
  return text.slice(0, MAX_BODY_CHARS)
}

/** The system's code, as Node.js gives it: on the error, or on its cause. */
function codeOf(error: unknown): string | undefined {
  for (const candidate of [error, error instanceof Error ? error.cause : undefined]) {
    if (typeof candidate === 'object' && candidate !== null && 'code' in candidate) {
      if (typeof candidate.code === 'string') return candidate.code
    }
  }
  return undefined
}
