import { nextDialAt, recentDials } from '../../retry/budget.ts'
import { graceDials } from '../../retry/grace.ts'
import type { DialReason } from '../../support/attempt-context.ts'
import type { ConnectionState, Status } from '../status.ts'
import { type DropReason, type Effect, type Grace, type Machine, type MachineEnv, NOTHING_SPENT } from './state.ts'

/** The next machine while a step is being made. */
export type Draft = { -readonly [Name in keyof Machine]: Machine[Name] }

/** Where a step happens, and what it asks for. */
export interface At extends MachineEnv {
  readonly effects: Effect[]
}

/** While the runtime claims to be offline a dial is tried this often all the same: such claims are sometimes wrong. */
export const OFFLINE_PROBE_MS = 30_000

export const CLOSED: Status = { state: 'closed', outcome: { reason: 'user' } }

/** Begins an attempt, or waits where that is not allowed now. `force`: whatever the runtime says of its network. */
export function dial(next: Draft, at: At, reason: DialReason, force = false): void {
  const { limits, flapLimits } = at.retry
  next.reason = reason
  if (next.offline && !force) return wait(next, at, 'offline', OFFLINE_PROBE_MS)
  const flapsUntil = nextDialAt(next.flaps, flapLimits, at.now)
  const leftMs = Math.max(nextDialAt(next.dials, limits, at.now), flapsUntil, graceSpentUntil(next, at)) - at.now
  if (leftMs > 0) return wait(next, at, 'governor', leftMs)
  next.newest += 1
  next.generation = next.newest
  next.attempt += 1
  next.dials = recentDials(next.dials, limits, at.now).concat(at.now)
  next.dueAt = undefined
  if (next.status.state !== 'draining') next.status = { state: 'preparing', attempt: next.attempt }
  at.effects.push({ do: 'dial' })
}

/** When an answer that may pass is final. */
export function finalAt({ since }: Grace, { retry }: At): number {
  return since + retry.graceMs
}

/** Whatever wakes them: within a grace only so many dials are made. */
function graceSpentUntil({ grace }: Draft, at: At): number {
  return grace === undefined || grace.answers < graceDials(at.retry.graceMs) ? at.now : finalAt(grace, at)
}

/** Nothing happens until `due`. While an old connection lives, the status continues to speak of it. */
export function wait(next: Draft, at: At, reason: Extract<Status, { state: 'waiting' }>['reason'], ms: number): void {
  const until = at.now + ms
  next.dueAt = until
  if (next.status.state === 'draining' && next.retiring !== undefined) return
  const { grace, attempt } = next
  const refusal = grace === undefined ? undefined : { error: grace.error, finalAt: finalAt(grace, at) }
  next.status = { state: 'waiting', reason, attempt, until, refusal }
}

/** Everything that is under way ends; nothing is scheduled. */
export function stop(next: Draft, at: At, status: Status, why: DropReason): void {
  dropRetiring(next, at, why)
  if (isActive(next.status)) at.effects.push({ do: 'drop', generation: next.generation, why })
  setIdle(next, status)
}

/** Nothing is under way, nothing is scheduled. */
export function setIdle(next: Draft, status: Status): void {
  next.status = status
  next.dueAt = undefined
}

export function dropRetiring(next: Draft, at: At, why: DropReason): void {
  const { retiring, generation } = next
  if (retiring !== undefined && retiring !== generation) at.effects.push({ do: 'drop', generation: retiring, why })
  next.retiring = undefined
  next.doubted = undefined
}

/** Attempts count from 1 again. */
export function resetRetry(next: Draft, baseMs?: number): void {
  const grace = undefined
  Object.assign(next, {
    attempt: 0,
    failures: 0,
    outageAt: undefined,
    spent: NOTHING_SPENT,
    refreshed: false,
    baseMs,
    grace,
  })
}

export function isClosing(status: Status): boolean {
  return status.state === 'draining' && status.reason === 'close'
}

export function isOver({ state }: Status): boolean {
  return state === 'closed' || state === 'idle'
}

const ACTIVE: readonly ConnectionState[] = ['preparing', 'dialing', 'handshaking', 'open', 'draining']

/** A dial of the newest generation exists. */
export function isActive(status: Status): boolean {
  return ACTIVE.includes(status.state)
}
