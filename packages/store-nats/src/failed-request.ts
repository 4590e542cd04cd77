import { LogError } from '@holdfast/log'
import { JetStreamApiError } from '@nats-io/jetstream'
import { errors } from '@nats-io/transport-node'

/**
 * What to do after a request that failed.
 * `moved`: another gateway wrote in this place. `missing`: there is no such message.
 * `full`: refused for good, until there is room. `wait`: try again; the request may have taken effect.
 */
export type RequestFate = 'moved' | 'missing' | 'full' | 'wait'

/** Codes of the JetStream API (server: errors.json). */
const FATES: Readonly<Record<number, RequestFate>> = {
  10023: 'full', // insufficient resources
  10026: 'full', // maximum consumers limit reached
  10027: 'full', // maximum number of streams reached
  10028: 'full', // memory resources exceeded for account
  10037: 'missing', // no message found
  10047: 'full', // storage resources exceeded for account
  10054: 'full', // message size exceeds maximum allowed
  10071: 'moved', // wrong last sequence
  10077: 'full', // the stream's own limits
  10122: 'full', // stream max bytes
  10164: 'moved', // wrong last sequence, of a replica that does not know which
}

/** Of those, the ones that say that there is no room for data. */
const NO_STORAGE: ReadonlySet<number> = new Set([10023, 10028, 10047, 10077, 10122])

/** Of those, the ones that are said of a server, not of one stream: every client of it has the same trouble. */
const FULL_SERVER: ReadonlySet<number> = new Set([10023, 10028, 10047])

/** The server refuses a replicated stream: too few servers, or none at all in a cluster. */
const TOO_FEW_SERVERS: ReadonlySet<number> = new Set([10005, 10074])
const OFF: ReadonlySet<number> = new Set([10039, 10076])

export function fateOf(error: unknown): RequestFate {
  if (error instanceof JetStreamApiError) return FATES[error.code] ?? 'wait'
  return isForbidden(error) ? 'full' : 'wait'
}

/** Whether a call was `unavailable` because there is no room. */
export function isFull(error: unknown): boolean {
  return error instanceof LogError && fateOf(error.cause) === 'full'
}

/** Whether a server has no room left, for anybody. */
export function isServerFull(error: unknown): boolean {
  return error instanceof JetStreamApiError && FULL_SERVER.has(error.code)
}

/** Why JetStream cannot be used at all, if that is what the error says. */
export function openingFailure(error: unknown): 'off' | 'forbidden' | 'full' | 'too-few-servers' | undefined {
  if (isUnanswered(error)) return 'off'
  if (isForbidden(error)) return 'forbidden'
  if (!(error instanceof JetStreamApiError)) return undefined
  if (OFF.has(error.code)) return 'off'
  if (TOO_FEW_SERVERS.has(error.code)) return 'too-few-servers'
  return fateOf(error) === 'full' ? 'full' : undefined
}

/** For operators. The library's texts name subjects and sequences, never credentials. */
export function reasonOf(error: unknown): string {
  if (isUnanswered(error)) return 'no server answers for the stream; it may be electing a leader'
  if (error instanceof errors.TimeoutError) return 'the server did not answer in time'
  const words = error instanceof Error ? error.message : String(error)
  return error instanceof JetStreamApiError && NO_STORAGE.has(error.code) ? `out of storage: ${words}` : words
}

/** The library does not export the class of this one. */
function isUnanswered(error: unknown): boolean {
  return error instanceof Error && error.name === 'JetStreamNotEnabled'
}

function isForbidden(error: unknown): boolean {
  if (error instanceof errors.PermissionViolationError) return true
  return error instanceof Error && error.cause instanceof errors.PermissionViolationError
}
