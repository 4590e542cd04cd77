import type { HeartbeatEffect, HeartbeatEnv, HeartbeatState, Probe } from './heartbeat-state.ts'
import { WAKE_PROBE_MS } from './liveness-types.ts'
import { HIDDEN_LEAST_MS, LATE_MS, lateMs, loopTimer, movedMs, NEVER, SLEPT_MS, SLICE_MS } from './loop-timer.ts'

const LEAST_PONG_TIMEOUT_MS = 4_000

/** The next state while a step is being made. */
export type Draft = { -readonly [Name in Exclude<keyof HeartbeatState, 'probes'>]: HeartbeatState[Name] } & {
  probes: readonly Probe[]
}

/** Where a step happens, and what it asks for. */
export interface At extends HeartbeatEnv {
  readonly effects: HeartbeatEffect[]
}

// ---- probes -------------------------------------------------------------------------------------

/** The one whose time ends first: another probe never gives it more. */
export function awaitedOf({ probes }: Draft): Probe | undefined {
  let first: Probe | undefined
  for (const probe of probes) if (probe.deadlineAt < (first?.deadlineAt ?? NEVER)) first = probe
  return first
}

export function waitNoMore(next: Draft): void {
  for (const probe of next.probes) probe.deadlineAt = NEVER
}

/** A probe that decides. After a time in which this side did not run, it alone does. */
export function decide(next: Draft, at: At, deadlineMs: number, isAlone: boolean): void {
  if (isAlone) waitNoMore(next)
  send(next, at, deadlineMs, true)
}

/** A probe as any other: one may be missed. */
export function ask(next: Draft, at: At, mostMs: number = NEVER): void {
  send(next, at, Math.min(pongTimeout(at), mostMs), false)
}

export function send(next: Draft, at: At, timeoutMs: number, decisive: boolean): void {
  const { now, probeMark } = at
  const deadlineAt = now + widened(next, decisive ? timeoutMs : Math.min(timeoutMs, leftMs(next, at)))
  for (const earlier of next.probes) earlier.wroteAfter ||= next.wroteSinceProbe
  next.probes = [...next.probes, { at: now, probeMark, wroteAfter: false, decisive, deadlineAt }]
  next.probedAt = now
  next.wroteSinceProbe = false
  at.effects.push('ask')
}

// ---- time ---------------------------------------------------------------------------------------

export function arm(next: Draft, at: At): void {
  // What woke us may run before the late timer: it must not hide that we were away.
  const isAway = wasAway(next, at)
  next.timer = undefined
  if (next.paused) return
  if (isAway) decide(next, at, WAKE_PROBE_MS, true)
  const ms = nextAt(next, at) - at.now
  if (ms < NEVER) next.timer = loopTimer(at.now, at.epoch, awaitedOf(next) === undefined ? ms : Math.min(ms, SLICE_MS))
}

/**
 * The process did not run, or the clocks moved: nothing may be concluded from the time that has passed. What is waited
 * for is put off by a shorter standstill, and no more.
 */
export function wasAway(next: Draft, at: At): boolean {
  const { timer } = next
  if (timer === undefined) return false
  const late = lateMs(timer, at.now, next.hidden)
  const moved = movedMs(timer, at.now, at.epoch)
  for (const probe of next.probes) probe.deadlineAt += late
  if (awaitedOf(next)?.decisive === true) return Math.max(late, moved) >= SLEPT_MS
  return moved > LATE_MS || late > Math.max(LATE_MS, timer.delayMs / 2)
}

export function nextAt(next: Draft, { bounds, readAt }: At): number {
  const awaited = awaitedOf(next)
  if (awaited !== undefined) return awaited.deadlineAt
  return Math.min(
    readAt + bounds.probeAfterMs,
    (next.unprovenAt ?? NEVER) + bounds.writeProbeAfterMs,
    next.probedAt + bounds.everyMs,
  )
}

/** Nothing of ours is at stake and the peer speaks. */
export function isMereReader({ unprovenAt, wroteSinceProbe }: Draft, { readAt }: At, { at }: Probe): boolean {
  return readAt > at && unprovenAt === undefined && !wroteSinceProbe
}

/** What is left of the time in which a proof must come; a probe that leaves late has a part of it all the same. */
function leftMs({ owedSince, unprovenAt }: Draft, at: At): number {
  const { timeoutMs } = at.bounds
  const since = insists(at) ? (owedSince ?? at.now) : Math.min(at.readAt, unprovenAt ?? at.now)
  return Math.max(since + timeoutMs - at.now, timeoutMs / 4)
}

/** Only answers count. */
export function insists({ bounds }: At): boolean {
  return bounds.everyMs < NEVER
}

function pongTimeout({ bounds, rtts }: At): number {
  const most = bounds.pongTimeoutMs
  const p95 = rtts.quantile(0.95)
  return p95 === undefined ? most : Math.min(most, Math.max(LEAST_PONG_TIMEOUT_MS, 4 * p95))
}

export function widened({ hidden }: Draft, ms: number): number {
  return hidden ? Math.max(ms, HIDDEN_LEAST_MS) : ms
}
