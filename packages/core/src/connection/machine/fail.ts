import type { HoldfastError } from '@holdfast/contract'
import { SENTENCES } from '@holdfast/contract/words'
import type { Cause, RetryDecision } from '../../client-protocol.ts'
import { coreError } from '../../errors.ts'
import { backoffDelay, DRAIN_SPREAD_MS, LOCAL_SPREAD_MS, OWN_JITTER } from '../../retry/backoff.ts'
import { recentDials } from '../../retry/budget.ts'
import { graceDelay } from '../../retry/grace.ts'
import { MAX_HINT_MS, withHint } from '../../retry/server-hint.ts'
import { errorOf } from '../cause-of.ts'
import { type At, type Draft, dial, dropRetiring, finalAt, OFFLINE_PROBE_MS, setIdle, wait } from './moves.ts'

/** The newest dial or connection ended: what its decision makes of that. */
export function fail(next: Draft, at: At, decision: RetryDecision, cause: Cause): void {
  dropRetiring(next, at, 'drain')
  if (decision.act === 'complete') return setIdle(next, { state: 'closed', outcome: { reason: 'complete' } })
  flapped(next, at, cause)
  if (decision.act !== 'weather') next.grace = undefined
  next.failures += 1
  next.outageAt ??= at.now
  next.reason = 'retry'
  // The successor's dial failed: what follows is an ordinary retry, and the status says so.
  if (next.status.state === 'draining') next.status = { state: 'preparing', attempt: next.attempt }
  switch (decision.act) {
    case 'stop':
      return setIdle(next, { state: 'closed', outcome: { reason: 'terminal', error: decision.error } })
    case 'refresh':
      if (next.refreshed) break
      next.refreshed = true
      return dial(next, at, 'refused')
    case 'park':
      break
    case 'weather':
      return weather(next, at, decision)
    case 'newSession':
      at.effects.push({ do: 'forgetSession' })
      return retry(next, at, { act: 'retry' }, cause)
    case 'drain':
    case 'retry':
      return retry(next, at, decision, cause)
  }
  setIdle(next, { state: 'authRequired', error: decision.error, attempt: next.attempt })
}

/** A link that opened and did not last spends a budget of its own. */
function flapped(next: Draft, { retry, now }: At, cause: Cause): void {
  const { status, dials } = next
  const wasOpen = status.state === 'open' && !status.stable
  const dialedAt = dials.at(-1)
  if (dialedAt === undefined || !(wasOpen || (cause.kind === 'close' && cause.phase === 'handshake'))) return
  next.flaps = recentDials(next.flaps, retry.flapLimits, now).concat(dialedAt)
}

/** An answer that would be final, of something that worked before: it gets its grace, and the last word at its end. */
function weather(next: Draft, at: At, { error, floorMs = 0 }: Extract<RetryDecision, { act: 'weather' }>): void {
  const { since, answers } = next.grace ?? { since: at.now, answers: 0 }
  const grace = { since, answers: answers + 1, error }
  const leftMs = finalAt(grace, at) - at.now
  if (leftMs <= 0) return setIdle(next, { state: 'closed', outcome: { reason: 'terminal', error } })
  next.grace = grace
  if (next.offline) return wait(next, at, 'offline', OFFLINE_PROBE_MS)
  const ms = graceDelay(grace.answers, leftMs, at.random)
  wait(next, at, floorMs > 0 ? 'hint' : 'backoff', withHint(ms, floorMs, at.random))
}

type Returning = Extract<RetryDecision, { act: 'retry' | 'drain' }>

function retry(next: Draft, at: At, decision: Returning, cause: Cause): void {
  if (isExhausted(next, at, decision, cause)) return
  const { failures } = next
  const { random } = at
  if (decision.act === 'drain') {
    const ms = random() * Math.max(Math.min(decision.reconnectWindowMs ?? 0, MAX_HINT_MS), DRAIN_SPREAD_MS)
    return wait(next, at, 'hint', failures > 1 ? Math.max(ms, backoff(next, at)) : ms)
  }
  const { floorMs = 0, delayMs } = decision
  if (next.offline) return wait(next, at, 'offline', OFFLINE_PROBE_MS)
  const isLocal = cause.kind === 'local' || (cause.kind === 'liveness' && cause.rule === 'probe')
  const ms = isLocal && failures === 1 ? random() * LOCAL_SPREAD_MS : backoff(next, at, delayMs)
  wait(next, at, floorMs > 0 ? 'hint' : 'backoff', withHint(ms, floorMs, random))
  if (floorMs > MAX_HINT_MS)
    at.effects.push({ do: 'report', what: 'hintClamped', detail: `${floorMs} ms to ${MAX_HINT_MS} ms` })
}

function backoff(next: Draft, { retry, random, now }: At, delayMs?: number | undefined): number {
  const { failures, baseMs, outageAt = now } = next
  if (delayMs !== undefined) {
    // A schedule of a kind of failure's own is not that of the outage, nor spread as wide.
    const jitter = Math.min(retry.jitter, OWN_JITTER)
    const own = { ...retry, jitter, firstJitter: jitter, stages: [], schedule: () => delayMs }
    return backoffDelay(failures, own, random)
  }
  const outageMs = now - outageAt
  if (baseMs === undefined) return backoffDelay(failures, retry, random, outageMs)
  // The server says how soon it wants to be asked again: no sooner, and not much later while the outage is young.
  const asked = { ...retry, firstJitter: undefined, baseMs, firstMs: baseMs, schedule: undefined }
  return withHint(backoffDelay(failures, asked, random, outageMs), baseMs, random)
}

/** A named budget, or the bound of one outage, is spent: it ends as the app chose. */
function isExhausted(next: Draft, { retry, now }: At, decision: Returning, cause: Cause): boolean {
  const { maxAttempts, giveUpAfterMs, onExhausted } = retry
  let ends: boolean = onExhausted === 'close'
  let isSpent = next.failures > maxAttempts || now - (next.outageAt ?? now) >= giveUpAfterMs
  if (decision.act === 'retry' && decision.budget !== undefined) {
    const { budget, max = Number.POSITIVE_INFINITY } = decision
    const spent = (next.spent[budget] ?? 0) + 1
    next.spent = { ...next.spent, [budget]: spent }
    if (spent > max) isSpent = ends = true
  }
  if (!isSpent) return false
  const budget = ends && decision.act === 'retry' ? decision.budget : undefined
  const outcome = { reason: 'exhausted', error: gaveUp(next, cause, budget) } as const
  setIdle(next, ends ? { state: 'closed', outcome } : { state: 'suspended', reason: 'budget' })
  return true
}

function gaveUp({ failures }: Draft, cause: Cause, budget: string | undefined): HoldfastError {
  const { kind } = cause
  const closed = kind === 'close' ? { closeCode: cause.code, closeReason: cause.reason } : {}
  return coreError(
    'connection/exhausted',
    SENTENCES && `Gave up after ${failures} failed ${failures === 1 ? 'attempt' : 'attempts'}.`,
    {
      cause: errorOf(cause),
      details: { failures, kind, ...(budget === undefined ? {} : { budget }), ...closed },
    },
  )
}
