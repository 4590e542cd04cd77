import { mergeBounds } from '@holdfast/contract'
import { LogError } from './errors.ts'

/** Every bound of a session log. All finite; a store takes a part of them as its option `limits`. */
export interface LogLimits {
  /** One event: UTF-8 bytes of id, kind and payload as JSON. */
  readonly maxEventBytes: number
  /** Events of one append. */
  readonly maxAppendEvents: number
  /** All events of one append together. */
  readonly maxAppendBytes: number
  /** Events that a session may have before it must be trimmed. */
  readonly maxSessionEvents: number
  /** Bytes that a session's events may occupy before it must be trimmed. */
  readonly maxSessionBytes: number
  readonly maxSessions: number
  /** Description of one session as JSON. */
  readonly maxInfoBytes: number
  readonly maxSnapshotBytes: number
  /** Characters of a session's id, a producer's id, a key, a holder, an event's id or kind. */
  readonly maxNameLength: number
  /** Keys remembered for each scope of a session … */
  readonly maxKeys: number
  /** … and for all scopes of it together. */
  readonly maxSessionKeys: number
  /** Age at which a key may be forgotten. */
  readonly keyAgeMs: number
  /** Producers with a `seq` remembered for a session; the one that wrote longest ago is forgotten. */
  readonly maxProducers: number
  /** Senders that a session remembers, see `SenderMark`; those that are connected are never forgotten. */
  readonly maxSenders: number
  /** A sender may be forgotten after this long without contact. In milliseconds. */
  readonly senderAgeMs: number
  /** Runs of numbers above a sender's `done` whose place in the log is remembered. */
  readonly maxSenderRuns: number
  /** Events of one page. */
  readonly pageEvents: number
  readonly pageBytes: number
  /** Sessions of one page of the index. */
  readonly pageSessions: number
  /** Bytes of appends that may wait for the disk; above it they are answered `unavailable`. */
  readonly maxQueuedBytes: number
}

/** The defaults (design: server §3.8). */
export const LOG_LIMITS: LogLimits = {
  maxEventBytes: 256 * 1024,
  maxAppendEvents: 1_000,
  maxAppendBytes: 4 * 1024 * 1024,
  maxSessionEvents: 100_000,
  maxSessionBytes: 256 * 1024 * 1024,
  maxSessions: 100_000,
  maxInfoBytes: 64 * 1024,
  maxSnapshotBytes: 32 * 1024 * 1024,
  maxNameLength: 512,
  maxKeys: 10_000,
  maxSessionKeys: 20_000,
  keyAgeMs: 24 * 60 * 60 * 1000,
  maxProducers: 1_000,
  maxSenders: 10_000,
  senderAgeMs: 24 * 60 * 60 * 1000,
  maxSenderRuns: 64,
  pageEvents: 500,
  pageBytes: 1024 * 1024,
  pageSessions: 500,
  maxQueuedBytes: 64 * 1024 * 1024,
}

/**
 * Bounds: those that are given, else the defaults. `path` stands before the name of an option in an error.
 * @throws LogError `log/bad_request` for a bound that is no number, or below zero
 */
export function limitsOf<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
  given: { readonly [Each in NoInfer<Name>]?: number | undefined } = {},
  path: string = 'limits.',
): Record<Name, number> {
  return mergeBounds(
    defaults,
    given,
    (name, problem) => new LogError('log/bad_request', `option ${path}${name}: ${problem}`),
  )
}
