import { HoldfastError } from '@holdfast/contract'
import type { Cause, JudgeContext, Verdict } from './client-protocol.ts'
import { CredentialsRefused, coreError } from './errors.ts'

/** What a close code of RFC 6455 §7.4 or a HTTP status of a refused dial means for retrying. A table to start from. */
const CLOSE_VERDICTS: Readonly<Record<number, Verdict['act'] | 'once' | 'busy'>> = {
  1001: 'goaway',
  1002: 'once',
  1003: 'once',
  1007: 'once',
  1008: 'stop',
  1009: 'once',
  1010: 'once',
  1012: 'goaway',
  1013: 'busy',
  3000: 'refresh',
  3003: 'stop',
}

/** A server that says "try again later" is given at least this long. */
const BUSY_MS = 5_000

/**
 * The generic policy (engine semantics §2): lost links, 5xx, 408, 425 and 429 are retried, `Retry-After` is a floor;
 * 1001 and 1012 spread; 401 and 3000 refresh the credentials once; policy violations and other 4xx are final;
 * protocol errors are retried once. Protocols override what they know better and hand the rest to this.
 */
export function defaultJudge(cause: Cause, _context?: JudgeContext): Verdict {
  switch (cause.kind) {
    case 'close':
      return judgeClose(cause)
    case 'dial':
      return judgeStatus(cause)
    case 'prepare':
    case 'handshake':
      return cause.error instanceof CredentialsRefused ? { act: 'park', error: cause.error } : { act: 'retry' }
    default:
      return { act: 'retry' }
  }
}

function judgeClose(cause: Extract<Cause, { kind: 'close' }>): Verdict {
  const { code, reason, retryMs } = cause
  const act = code === undefined ? 'retry' : CLOSE_VERDICTS[code]
  const details = { closeCode: code, closeReason: reason }
  switch (act) {
    case 'goaway':
      return { act: 'goaway', spreadMs: spreadOf(reason) }
    case 'once':
      return { act: 'retry', budget: 'protocol', max: 1 }
    case 'busy':
      return { act: 'retry', floorMs: BUSY_MS }
    case 'refresh':
      return { act: 'refresh', error: coreError('connection/credentials_refused', `Closed with ${code}`, { details }) }
    case 'stop':
      return { act: 'stop', error: coreError('connection/refused', `Closed with ${code}`, { details }) }
    default:
      return { act: 'retry', floorMs: retryMs }
  }
}

/** A leaving gateway tells the spread as `{"spreadMs":…}`. */
function spreadOf(reason: string): number | undefined {
  const found = /"spreadMs"\s*:\s*(\d+)/.exec(reason)
  return found?.[1] === undefined ? undefined : Number(found[1])
}

function judgeStatus(cause: Extract<Cause, { kind: 'dial' }>): Verdict {
  const { status, retryAfterMs, error } = cause
  // What a runtime cannot do (request headers in a browser), it cannot do the next time either.
  if (error instanceof HoldfastError && error.code === 'channel/unsupported') return { act: 'stop', error }
  if (status === undefined) return { act: 'retry' }
  const details = { status }
  if (status === 401) {
    return { act: 'refresh', error: coreError('connection/credentials_refused', 'HTTP 401', { cause: error, details }) }
  }
  // An answer that is a success and yet no stream (204, or a page of HTML) will not become one.
  const final = status < 300 || (status >= 400 && status < 500 && ![408, 425, 429].includes(status))
  if (final) return { act: 'stop', error: coreError('connection/refused', `HTTP ${status}`, { cause: error, details }) }
  return { act: 'retry', floorMs: retryAfterMs }
}
