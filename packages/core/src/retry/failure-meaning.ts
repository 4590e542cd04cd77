import { HoldfastError, type OpenErrorCode } from '@holdfast/contract'
import type { Cause, RetryContext } from '../client-protocol.ts'
import { CredentialsRefused } from '../errors.ts'

/**
 * What a failure means, in any protocol. The one table that every retry policy starts from; a protocol adds its own
 * codes.
 *
 * `lost` the link was lost, or nothing answered · `busy` the server asks to come back later · `leaving` the server will
 * be back · `protocol` the two sides do not understand each other · `credentials` other credentials are needed ·
 * `mistake` this side cannot dial like this · `answer` an answer that does not change by itself · `refusal` the peer
 * itself refused · `too_large` the peer sent more than this side accepts in one message.
 */
export type Meaning =
  | { readonly kind: 'lost'; readonly floorMs?: number | undefined }
  | { readonly kind: 'busy'; readonly floorMs?: number | undefined }
  | { readonly kind: 'leaving'; readonly reconnectWindowMs?: number | undefined }
  | { readonly kind: 'protocol' | 'credentials' | 'mistake' | 'refusal' | 'too_large' }
  | { readonly kind: 'answer'; readonly floorMs?: number | undefined }

type Kind = Meaning['kind']

/** A server that says "try again later" is given at least this long. */
const BUSY_MS = 5_000

/** Close codes of RFC 6455 §7.4 and of its registry. Absent: the link was lost. */
const CLOSES: Readonly<Record<number, Kind>> = {
  1001: 'leaving',
  1002: 'protocol',
  1003: 'protocol',
  1007: 'protocol',
  1008: 'refusal',
  1009: 'protocol',
  1010: 'protocol',
  1012: 'leaving',
  1013: 'busy',
  3000: 'credentials',
  3003: 'refusal',
}

/** Statuses at a dial. Absent: 5xx is busy, everything else an answer. */
const STATUSES: Readonly<Record<number, Kind>> = {
  401: 'credentials',
  408: 'busy',
  // Gone: only the owner says so.
  410: 'refusal',
  425: 'busy',
  429: 'busy',
}

/** What a transport says of a dial that fails the same way the next time. */
const OPEN_ERRORS: Readonly<
  Partial<Record<OpenErrorCode | 'channel/unsupported' | 'connection/invalid_option', Kind>>
> = {
  'channel/invalid_url': 'mistake',
  'channel/invalid_protocols': 'mistake',
  'channel/invalid_header': 'mistake',
  'channel/unsupported': 'mistake',
  'connection/invalid_option': 'mistake',
  'channel/redirected': 'answer',
  'channel/untrusted_certificate': 'answer',
  'channel/protocol_not_selected': 'answer',
}

/** The meaning of a cause, as far as it is known without the protocol. */
export function meaningOf(cause: Cause, context?: Pick<RetryContext, 'word'>): Meaning {
  switch (cause.kind) {
    case 'close':
      return ofClose(cause)
    case 'dial':
      return ofDial(cause, context?.word !== undefined)
    case 'prepare':
    case 'handshake':
      if (cause.error instanceof CredentialsRefused) return { kind: 'refusal' }
      return { kind: codeKind(cause.error) ?? 'lost' }
  }
  return { kind: 'lost' }
}

function ofClose({ code, reason, error }: Extract<Cause, { kind: 'close' }>): Meaning {
  if (isTooLarge(error)) return { kind: 'too_large' }
  const kind = (code === undefined ? undefined : CLOSES[code]) ?? 'lost'
  if (kind === 'leaving') return { kind, reconnectWindowMs: spreadOf(reason) }
  if (kind === 'busy') return { kind, floorMs: BUSY_MS }
  return { kind }
}

/** A transport ended the channel over a message that is larger than its option (`maxPayloadBytes`, `maxEventChars`) allows. */
export function isTooLarge(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && /^channel\/(message|event)_too_large$/.test(error.code)
}

/** A leaving gateway sends the spread as `{"spreadMs":…}`. */
function spreadOf(reason: string): number | undefined {
  const found = /"spreadMs"\s*:\s*(\d+)/.exec(reason)
  return found === null ? undefined : Number(found[1])
}

function ofDial({ status, retryAfterMs: floorMs, error }: Extract<Cause, { kind: 'dial' }>, isPeer: boolean): Meaning {
  const known = codeKind(error)
  if (known !== undefined) return { kind: known, floorMs }
  if (status === undefined) return { kind: 'lost' }
  // An answer that is a success and yet no stream (204, or a page of HTML) is one that does not change by itself.
  const kind = STATUSES[status] ?? (status >= 500 ? 'busy' : 'answer')
  return kind === 'answer' && isPeer ? { kind: 'refusal' } : { kind, floorMs }
}

/** Whether it is a transport's error that says what is wrong and what to do about it. */
export function saysWhy(error: unknown): error is HoldfastError {
  return codeKind(error) !== undefined
}

/** A transport error's message; for an invalid URL with the name of the option that it is from. */
export function mistakeIn(option: string, error: unknown): string | undefined {
  if (!(error instanceof HoldfastError)) return error instanceof Error ? error.message : undefined
  return error.code === 'channel/invalid_url' ? `Option ${option}: ${error.message}` : error.message
}

function codeKind(error: unknown): Kind | undefined {
  return error instanceof HoldfastError
    ? Object.entries(OPEN_ERRORS).find(([code]) => code === error.code)?.[1]
    : undefined
}
