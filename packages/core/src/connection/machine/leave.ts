import type { Cause } from '../../client-protocol.ts'
import { DRAIN_SPREAD_MS, LOCAL_SPREAD_MS } from '../../retry/backoff.ts'
import { fail } from './fail.ts'
import { type At, type Draft, wait } from './moves.ts'
import type { MachineEvent } from './state.ts'

/** What a successor's dial may take at the longest by the default deadlines; reported to the app as `deadline`. */
const DRAIN_MS = 30_000

/** An open connection is given up for another one, which is dialed beside it where the protocol allows two. */
export function leave(next: Draft, at: At, reason: 'drain' | 'rotate' | 'doubt', reconnectWindowMs: number): void {
  const { generation, status } = next
  if (status.state !== 'open') return
  const rotates = reason === 'rotate'
  const isDoubt = reason === 'doubt'
  const ms = at.random() * (rotates || isDoubt ? LOCAL_SPREAD_MS : Math.max(reconnectWindowMs, DRAIN_SPREAD_MS))
  next.reason = rotates ? reason : 'retry'
  if (at.overlap || isDoubt) {
    next.doubted = isDoubt ? status : undefined
    next.retiring = generation
    next.status = { state: 'draining', reason, deadline: at.now + ms + DRAIN_MS }
  } else {
    at.effects.push({ do: 'drop', generation, why: reason })
  }
  wait(next, at, 'hint', ms)
}

/** The old connection ended while its successor was on the way: from here on it is an ordinary attempt. */
export function retired(next: Draft, at: At): void {
  const { status, generation, retiring, attempt, dueAt } = next
  next.retiring = undefined
  next.doubted = undefined
  if (status.state !== 'draining') return
  if (generation !== retiring) next.status = { state: 'preparing', attempt }
  else next.status = { state: 'waiting', reason: 'hint', attempt, until: dueAt ?? at.now, refusal: undefined }
}

/** So often a successor is tried beside a link that may live on. */
const DOUBT_DIALS = 3
const DOUBT_PAUSE_MS = 2_000

/** The link that was in doubt lives: it stays, and its successor is not needed. */
export function stay(next: Draft, at: At): void {
  const { doubted, retiring, generation } = next
  if (doubted === undefined || retiring === undefined) return
  if (generation !== retiring) at.effects.push({ do: 'drop', generation, why: 'doubt' })
  Object.assign(next, {
    status: doubted,
    generation: retiring,
    retiring: undefined,
    doubted: undefined,
    dueAt: undefined,
  })
}

/** The successor of a link in doubt failed: a peer that answered shows that the network works, so the old link is kept. */
export function failBeside(next: Draft, at: At, event: Extract<MachineEvent, { type: 'failed' }>): void {
  const { cause, decision } = event
  if (hasAnswered(cause)) return stay(next, at)
  if (next.failures + 1 >= DOUBT_DIALS) return fail(next, at, decision, cause)
  next.failures += 1
  wait(next, at, 'backoff', at.random() * DOUBT_PAUSE_MS)
}

function hasAnswered(cause: Cause): boolean {
  return cause.kind === 'dial' ? cause.status !== undefined : ['close', 'handshake', 'protocol'].includes(cause.kind)
}
