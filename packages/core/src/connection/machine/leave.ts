import { LOCAL_SPREAD_MS } from '../../retry/backoff.ts'
import { type At, type Draft, wait } from './moves.ts'

/** What a successor's dial may take at the longest by the default deadlines; told to the app as `deadline`. */
const DRAIN_MS = 30_000

/** An open connection is given up for another one, which is dialed beside it where the protocol allows two. */
export function leave(next: Draft, at: At, reason: 'goaway' | 'rotate', spreadMs: number): void {
  const { generation, status } = next
  if (status.state !== 'open') return
  const rotates = reason === 'rotate'
  const ms = at.random() * (rotates ? LOCAL_SPREAD_MS : Math.max(spreadMs, at.retry.firstMs))
  next.reason = rotates ? reason : 'retry'
  if (at.overlap) {
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
  if (status.state !== 'draining') return
  if (generation !== retiring) next.status = { state: 'preparing', attempt }
  else next.status = { state: 'waiting', reason: 'hint', attempt, until: dueAt ?? at.now }
}
