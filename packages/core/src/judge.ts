import { type ErrorDetails, HoldfastError } from '@holdfast/contract'
import type { Cause, JudgeContext, Verdict } from './client-protocol.ts'
import { CredentialsRefused, coreError } from './errors.ts'
import { judgeExchange } from './judge-exchange.ts'

/** A server that says "try again later" is given at least this long. */
const BUSY_MS = 5_000

/**
 * The generic policy (engine semantics §2): lost links, 5xx, 408, 425 and 429 are retried, `Retry-After` is a floor;
 * 1001 and 1012 spread; 401 and 3000 refresh the credentials once; policy violations and other 4xx are final;
 * protocol errors are retried once. Protocols override what they know better and hand the rest to this.
 */
export function defaultJudge(cause: Cause, context?: JudgeContext): Verdict {
  const ended = judgeExchange(cause, context?.exchange)
  if (ended !== undefined) return ended
  switch (cause.kind) {
    case 'close':
      return judgeClose(cause)
    case 'dial':
      return judgeStatus(cause)
    case 'prepare':
    case 'handshake':
      if (cause.error instanceof CredentialsRefused) return { act: 'park', error: cause.error }
  }
  return RETRY
}

const RETRY: Verdict = { act: 'retry' }

/** Close codes of RFC 6455 §7.4 and of its registry. */
function judgeClose({ code, reason }: Extract<Cause, { kind: 'close' }>): Verdict {
  switch (code) {
    case 1001:
    case 1012:
      return { act: 'goaway', spreadMs: spreadOf(reason) }
    case 1002:
    case 1003:
    case 1007:
    case 1009:
    case 1010:
      return { act: 'retry', budget: 'protocol', max: 1 }
    case 1013:
      return { act: 'retry', floorMs: BUSY_MS }
    case 1008:
    case 3000:
    case 3003:
      return refused(code === 3000, `Closed with ${code}`, { closeCode: code, closeReason: reason })
  }
  return RETRY
}

/** A leaving gateway tells the spread as `{"spreadMs":…}`. */
function spreadOf(reason: string): number | undefined {
  const found = /"spreadMs"\s*:\s*(\d+)/.exec(reason)
  return found === null ? undefined : Number(found[1])
}

function judgeStatus({ status, retryAfterMs, error }: Extract<Cause, { kind: 'dial' }>): Verdict {
  // What a runtime cannot do (request headers in a browser), it cannot do the next time either.
  if (error instanceof HoldfastError && error.code === 'channel/unsupported') return { act: 'stop', error }
  if (status === undefined) return RETRY
  // An answer that is a success and yet no stream (204, or a page of HTML) will not become one.
  const final = status < 300 || (status >= 400 && status < 500 && ![408, 425, 429].includes(status))
  if (final) return refused(status === 401, `HTTP ${status}`, { status }, error)
  return { act: 'retry', floorMs: retryAfterMs }
}

function refused(mayRefresh: boolean, what: string, details: ErrorDetails, cause?: unknown): Verdict {
  const code = mayRefresh ? 'connection/credentials_refused' : 'connection/refused'
  return { act: mayRefresh ? 'refresh' : 'stop', error: coreError(code, what, { cause, details }) }
}
