import { type ErrorDetails, HoldfastError, OpenError } from '@holdfast/contract'
import type { Cause } from '../client-protocol.ts'
import type { ConnectionMetrics } from './events.ts'
import type { FlightRecord } from './flight-recorder.ts'
import type { Status } from './status.ts'

/** A pause of the reading is reported after this long. In milliseconds. */
const PAUSED_MS = 5_000

/** What `explain` looks at. A `Connection` fits. */
export interface Explainable {
  readonly status: Status
  readonly lastCause: Cause | undefined
  readonly metrics?: Pick<ConnectionMetrics, 'dropped' | 'readingPausedMs'> | undefined
  now(): number
}

/** The state of a connection, its cause and the next step: a sentence or two for a person. */
export function explain(connection: Explainable): string {
  const { status, lastCause, metrics = { dropped: 0, readingPausedMs: 0 } } = connection
  const said = [explainStatus(status, connection.now())]
  const isTroubled = !['open', 'closed', 'idle'].includes(status.state)
  if (isTroubled && lastCause !== undefined && lastCause.kind !== 'local')
    said.push(`Last failure: ${explainCause(lastCause)}`)
  const { dropped, readingPausedMs } = metrics
  if (readingPausedMs >= PAUSED_MS)
    said.push(`Nothing is read for ${duration(readingPausedMs)}: the app is busy with what came`)
  if (dropped > 0) said.push(`Dropped: ${counted(dropped, 'volatile message')}`)
  return said.length === 1 ? (said[0] ?? '') : sentences(...said)
}

/** A record of `connection.history` as text for a person. No bodies, no credentials. */
export function explainRecord(record: FlightRecord): string {
  if (record.status !== undefined) return explainStatus(record.status, record.at)
  return record.cause === undefined ? (record.note ?? '') : explainCause(record.cause)
}

function explainStatus(status: Status, now: number): string {
  switch (status.state) {
    case 'idle':
      return 'Not started. Call connect().'
    case 'waiting':
      return explainWaiting(status, now)
    case 'preparing':
      return `Getting the address and the credentials (attempt ${status.attempt}).`
    case 'dialing':
      return `Connecting (attempt ${status.attempt}).`
    case 'handshaking':
      return `The server is reached, but has not let this client in yet (attempt ${status.attempt}).`
    case 'open':
      return `Connected for ${duration(now - status.since)}${OPEN[status.health]}.`
    case 'draining':
      if (status.reason === 'close')
        return `Closing: what is queued is sent, for ${duration(status.deadline - now)} at most.`
      return DRAINING[status.reason]
    case 'authRequired':
      return 'The server refused the credentials. Get new ones, then call reauthenticate().'
    case 'suspended':
      return SUSPENDED[status.reason]
    case 'closed':
      if ('error' in status.outcome) return sentences(`Closed for good: ${status.outcome.error.message}`)
      return status.outcome.reason === 'user' ? 'Closed.' : 'Complete: the server sent all of it.'
  }
}

const DRAINING = {
  rotate: 'Changing to a connection with fresh credentials.',
  drain: 'The server is leaving: changing to another connection.',
  doubt: 'The link may be dead: another one is tried beside it.',
} as const

const OPEN = { live: '', suspect: '; an answer of the server is overdue' } as const

const SUSPENDED = {
  budget: 'Stopped trying, as the limits of this client say. Call connect() to start again.',
  hidden: 'Paused while the page is put away. It goes on when the page is back.',
  user: 'Paused. Call connect() to go on.',
} as const

function explainWaiting(status: Extract<Status, { state: 'waiting' }>, now: number): string {
  const { attempt, until, reason, refusal } = status
  const next = `ext attempt in ${duration(until - now)}${attempt === 0 ? '' : ` (${counted(attempt, 'attempt')} so far)`}`
  const ahead = {
    backoff: `N${next}`,
    hint: `The server asks for time: n${next}`,
    offline: `This device seems to be offline: n${next}, or as soon as it is back`,
    governor: `Rate limit of this client: n${next}`,
  }[reason]
  return refusal === undefined
    ? `${ahead}.`
    : `${ahead}. It worked before, so the answer is not believed yet: it is final in ${duration(refusal.finalAt - now)}.`
}

/** A cause as text for a person: the end of a sentence, without its full stop. */
export function explainCause(cause: Cause): string {
  return wordsOf(cause).replace(/[.\s]+$/, '')
}

function wordsOf(cause: Cause): string {
  switch (cause.kind) {
    case 'close': {
      if (!cause.clean && cause.code === undefined) return 'the link broke'
      const code = cause.code === undefined ? '' : ` with code ${cause.code}`
      return `the server closed the connection${code}${cause.reason === '' ? '' : ` (${cause.reason})`}`
    }
    case 'deadline':
      return explainLateness(cause)
    case 'liveness':
      return SILENT[cause.rule]
    case 'local':
      return `this side asked for it (${LOCAL[cause.reason]})`
    case 'dial':
      return explainDial(cause)
    case 'prepare':
      return `the address or the credentials could not be had: ${messageOf(cause.error)}`
    case 'handshake':
      return `the server did not let this client in: ${messageOf(cause.error)}`
    case 'protocol':
      return `the connection was given up: ${messageOf(cause.error)}`
  }
}

const LATE = {
  prepare: 'the functions for address and credentials took too long',
  dial: 'no answer came in time',
  handshake: 'the server took the connection and then did not answer in time',
} as const

function explainLateness({ phase, usually, awaited, passed }: Extract<Cause, { kind: 'deadline' }>): string {
  const hint = usually ? `; usually ${usually}` : awaited ? `, where ${awaited} was awaited` : ''
  return `${LATE[phase]}${hint}${passed ? ` (${counted(passed, 'other message')} came)` : ''}`
}

const SILENT = {
  read: 'nothing was heard of the server any more',
  write: 'the server no longer confirmed what was sent',
  probe: 'the link did not answer after a pause',
} as const

const LOCAL = {
  reconnect: 'reconnect()',
  rotate: 'fresh credentials',
  freeze: 'the page was put away',
  drain: 'the server was leaving',
  doubt: 'the older link lives',
  close: 'close()',
} as const

function explainDial({ status, error }: Extract<Cause, { kind: 'dial' }>): string {
  const { details } = error instanceof HoldfastError ? error : { details: {} }
  if (status === 401) return 'the credentials were refused (401)'
  if (status !== undefined) return `the server ${status < 500 ? 'refused' : 'failed'} (${status})`
  const { syscallCode: code, finding }: ErrorDetails = details
  if (code === 'ECONNREFUSED') return 'nothing listens at that address (ECONNREFUSED)'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the name of the host was not found (${code})`
  // Transports that know nothing more name the address, which means nothing to a person.
  const isBare = finding === undefined && error instanceof OpenError && error.code === 'channel/open_failed'
  const why = isBare ? (code ?? '') : messageOf(error)
  return `no connection came about${why === '' ? '' : `: ${why}`}`
}

/** Errors of other makers may hold anything, so only their name is shown; ours are safe by contract. */
function messageOf(error: unknown): string {
  if (error instanceof HoldfastError) return error.message
  return error instanceof Error ? error.name : typeof error
}

/** Each with one full stop, whatever it ended with. */
function sentences(...parts: readonly string[]): string {
  return parts.map((part) => `${part.replace(/[.\s]+$/, '')}.`).join(' ')
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** As a person says it: 0.8 s, 29 s, 5 min, 3 h. */
function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 90) return `${Math.round(seconds)} s`
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
}
