import {
  type At,
  arm,
  ask,
  awaitedOf,
  type Draft,
  decide,
  insists,
  isMereReader,
  nextAt,
  send,
  waitNoMore,
  wasAway,
  widened,
} from './heartbeat-moves.ts'
import {
  type HeartbeatEffect,
  type HeartbeatEnv,
  type HeartbeatEvent,
  type HeartbeatState,
  type HeartbeatStep,
  initialHeartbeat,
  NO_PROBES,
  type Probe,
} from './heartbeat-state.ts'
import { type DeadRule, WAKE_PROBE_MS } from './liveness-types.ts'
import { HIDDEN_LEAST_MS, LATE_MS, lateMs, NEVER, SLICE_MS, UNREAD_LATE_MS } from './loop-timer.ts'

type Move = (next: Draft, at: At) => void

/** The whole table: what an event makes of a watched link. */
const TABLE: Readonly<Record<HeartbeatEvent, Move>> = {
  opened,
  received,
  answered,
  proved,
  wrote,
  probeNow,
  probe,
  hidden,
  shown,
  paused,
  resumed,
  tick,
  stop,
}

/**
 * When a link of a client is dead. Pure: the moves work on a copy. Engine semantics §4. Of a server: gate's `upgrade/peer-watch.ts`.
 */
export function heartbeatStep(state: HeartbeatState, event: HeartbeatEvent, env: HeartbeatEnv): HeartbeatStep {
  const effects: HeartbeatEffect[] = []
  if (state.over) return { state, effects }
  const next = draftOf(state)
  const { now, epoch, readAt, bounds, probeMark, rtts, deadlineMs } = env
  TABLE[event](next, { now, epoch, readAt, bounds, probeMark, rtts, deadlineMs, effects })
  return { state: next, effects }
}

/** A copy of this shape: what a spread makes is half as large again. */
function draftOf(state: HeartbeatState): Draft {
  const { probes } = state
  const own = probes.length === 0 ? NO_PROBES : probes.map((probe) => ({ ...probe }))
  return Object.assign(initialHeartbeat(0), state, { probes: own })
}

// ---- what is heard ------------------------------------------------------------------------------

function opened(next: Draft, at: At): void {
  if (at.bounds.atOpen) ask(next, at)
  arm(next, at)
}

function received(next: Draft, at: At): void {
  if (next.unprovenAt === undefined && !insists(at)) recovered(next, at)
}

/** Any answer is that of the oldest probe. */
function answered(next: Draft, at: At): void {
  const [sent, ...rest] = next.probes
  if (sent === undefined) return
  // An answer that was on its way before a sleep says nothing about the link after it.
  for (const probe of rest) if (!probe.decisive) probe.deadlineAt = NEVER
  next.probes = rest.length === 0 ? NO_PROBES : rest
  next.extended = false
  next.unprovenAt = sent.wroteAfter || next.wroteSinceProbe ? sent.at : undefined
  next.owedSince = undefined
  recovered(next, at)
  at.effects.push({ rttMs: at.now - sent.at, probeMark: sent.probeMark })
}

function proved(next: Draft, at: At): void {
  if (next.probeRequested && next.unprovenAt !== undefined && !awaitedOf(next)) ask(next, at)
  next.probeRequested &&= awaitedOf(next) !== undefined
  arm(next, at)
}

function recovered(next: Draft, at: At): void {
  next.missed = 0
  if (!next.suspect) return
  next.suspect = false
  at.effects.push('live')
}

// ---- what is done -------------------------------------------------------------------------------

function wrote(next: Draft, at: At): void {
  next.wroteSinceProbe = true
  if (next.unprovenAt !== undefined) return
  next.unprovenAt = at.now
  if (awaitedOf(next) === undefined && at.now + at.bounds.writeProbeAfterMs < (next.timer?.dueAt ?? NEVER))
    arm(next, at)
}

function probeNow(next: Draft, at: At): void {
  next.probeRequested = true
  if (awaitedOf(next) !== undefined) return
  ask(next, at)
  arm(next, at)
}

function probe(next: Draft, at: At): void {
  if (next.paused) return
  const isAway = wasAway(next, at)
  next.timer = undefined
  decide(next, at, at.deadlineMs, isAway)
  arm(next, at)
}

function hidden(next: Draft, at: At): void {
  next.hidden = true
  for (const one of next.probes) one.deadlineAt = Math.max(one.deadlineAt, one.at + HIDDEN_LEAST_MS)
  arm(next, at)
}

function shown(next: Draft, at: At): void {
  next.hidden = false
  arm(next, at)
}

function paused(next: Draft): void {
  next.paused = true
  next.timer = undefined
}

function resumed(next: Draft, at: At): void {
  const { now } = at
  if (!next.paused) return
  next.paused = false
  next.probedAt = now
  waitNoMore(next)
  next.missed = 0
  next.owedSince = undefined
  if (next.unprovenAt !== undefined) next.unprovenAt = now
  arm(next, at)
}

// ---- time ---------------------------------------------------------------------------------------

function tick(next: Draft, at: At): void {
  const { now } = at
  const late = next.timer === undefined ? 0 : lateMs(next.timer, now, next.hidden)
  const isAway = wasAway(next, at)
  next.timer = undefined
  if (isAway) {
    decide(next, at, WAKE_PROBE_MS, true)
    return arm(next, at)
  }
  const awaited = awaitedOf(next)
  if (awaited?.decisive === true && late > LATE_MS) send(next, at, Math.max(SLICE_MS, awaited.deadlineAt - now), true)
  if (now < nextAt(next, at)) return arm(next, at)
  if (awaited === undefined || late <= UNREAD_LATE_MS || next.extended) return overdue(next, at)
  // The loop turns once more: what had come by then is read in it.
  next.extended = true
  awaited.deadlineAt = now + SLICE_MS
  arm(next, at)
}

/** The timer was on time and what it waited for did not come. */
function overdue(next: Draft, at: At): void {
  const probe = awaitedOf(next)
  if (probe === undefined) {
    ask(next, at)
  } else if (!probe.decisive && !insists(at) && isMereReader(next, at, probe)) {
    // Any frame is proof enough of the read side.
    probe.deadlineAt = NEVER
    recovered(next, at)
  } else {
    return miss(next, at, probe)
  }
  arm(next, at)
}

function miss(next: Draft, at: At, probe: Probe): void {
  const { unprovenAt } = next
  const { readAt } = at
  const rule: DeadRule = probe.decisive ? 'probe' : readAt > probe.at ? 'write' : 'read'
  // An answer may wait behind much data: where only the answer is missing, it is given all of its time.
  if (isMereReader(next, at, probe)) next.owedSince ??= probe.at
  else next.missed += 1
  const since = rule === 'write' ? (unprovenAt ?? next.owedSince ?? probe.at) : readAt
  const left = since + widened(next, at.bounds.timeoutMs) - at.now
  if (probe.decisive || next.missed >= 2 || left <= 0) {
    stop(next)
    at.effects.push({ dead: rule })
    return
  }
  probe.deadlineAt = NEVER
  next.suspect = true
  at.effects.push('suspect')
  ask(next, at, left)
  arm(next, at)
}

function stop(next: Draft): void {
  next.over = true
  next.timer = undefined
}
