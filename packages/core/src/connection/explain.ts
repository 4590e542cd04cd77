import { HoldfastError } from '@holdfast/contract'
import type { Cause } from '../client-protocol.ts'
import type { FlightRecord } from './flight-recorder.ts'
import type { Status } from './status.ts'

/** What `explain` looks at. A `Connection` fits. */
export interface Explainable {
  readonly status: Status
  readonly lastCause: Cause | undefined
  now(): number
}

/** One line for a person: where a connection stands, why, and what happens next. */
export function explain(connection: Explainable): string {
  const { status, lastCause } = connection
  const line = explainStatus(status, connection.now())
  const troubled = status.state !== 'open' && status.state !== 'closed' && status.state !== 'idle'
  return troubled && lastCause !== undefined ? `${line} Because ${explainCause(lastCause)}.` : line
}

/** A record of `connection.history` in words. No bodies, no credentials. */
export function explainRecord(record: FlightRecord): string {
  if (record.status !== undefined) return explainStatus(record.status, record.at)
  return record.cause === undefined ? (record.note ?? '') : explainCause(record.cause)
}

function explainStatus(status: Status, now: number): string {
  switch (status.state) {
    case 'idle':
      return 'Not started. Call connect().'
    case 'waiting':
      return `Waiting (${status.reason}) after ${status.attempt} attempts; next dial in ${seconds(status.until - now)}.`
    case 'preparing':
      return `Attempt ${status.attempt}: asking for target and credentials.`
    case 'dialing':
      return `Attempt ${status.attempt}: opening ${status.transport}.`
    case 'handshaking':
      return `Attempt ${status.attempt}: open, waiting for the peer (${status.step}).`
    case 'open':
      return `Open for ${seconds(now - status.since)}, ${status.health}${status.stable ? '' : ', not yet stable'}.`
    case 'draining':
      return `Leaving this connection (${status.reason}) within ${seconds(status.deadline - now)}.`
    case 'authRequired':
      return 'The server wants other credentials. Call reauthenticate().'
    case 'suspended':
      return `Stopped retrying (${status.reason}). Call connect().`
    case 'closed':
      if ('error' in status.outcome) return `Closed: ${status.outcome.error.message}`
      return status.outcome.reason === 'user' ? 'Closed.' : 'Complete: the server sent all of it.'
  }
}

/** A cause in words. */
export function explainCause(cause: Cause): string {
  switch (cause.kind) {
    case 'close':
      if (!cause.clean) return 'the link broke'
      return `the peer closed${cause.code === undefined ? '' : ` with ${cause.code}`} ${cause.reason}`.trim()
    case 'deadline':
      return `${cause.phase} took too long`
    case 'liveness':
      return `the link is dead (${cause.rule})`
    case 'local':
      return `this side asked for it (${cause.reason})`
    default:
      return `${cause.kind} failed: ${messageOf(cause.error)}`
  }
}

/** Errors of other makers may hold anything, so only their name is told; ours are safe by contract. */
function messageOf(error: unknown): string {
  if (error instanceof HoldfastError) return error.message
  return error instanceof Error ? error.name : typeof error
}

function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)} s`
}
