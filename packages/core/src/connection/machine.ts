import type { HoldfastError, Random, WakeSignal } from '@holdfast/contract'
import type { Cause, Verdict } from '../client-protocol.ts'
import { coreError } from '../errors.ts'
import {
  type BackoffOptions,
  backoffDelay,
  LOCAL_SPREAD_MS,
  MAX_HINT_MS,
  MIN_BASE_MS,
  withHint,
} from '../retry/backoff.ts'
import { type DialLimit, nextDialAt, recentDials } from '../retry/budget.ts'
import type { Outcome, Status } from './status.ts'

/** How an outage is retried. Times in milliseconds. */
export interface RetryOptions extends BackoffOptions {
  /** Retries of one outage before giving up. @defaultValue Infinity */
  readonly maxAttempts: number
  /** Length of an outage before giving up. @defaultValue 86400000 (a day) */
  readonly giveUpAfterMs: number
  /** `suspend`: a wake signal or `connect()` resumes. `close`: over. @defaultValue 'suspend' */
  readonly onExhausted: 'suspend' | 'close'
  /** Dials of every cause, together. @defaultValue 12 a minute and 30 in five minutes */
  readonly limits: readonly DialLimit[]
}

/** Why credentials and target are asked for. */
export type DialReason = 'initial' | 'retry' | 'refused' | 'rotate'

/** Everything that decides what happens next. Immutable. */
export interface Machine {
  readonly status: Status
  /** Number of the newest dial. What older ones say is stale. */
  readonly generation: number
  /** The older generation that is still read while its successor is dialed. */
  readonly retiring: number | undefined
  readonly attempt: number
  /** Failed attempts since the last stable connection. */
  readonly failures: number
  readonly outageAt: number | undefined
  readonly dials: readonly number[]
  /** Retries spent under each named budget. */
  readonly spent: Readonly<Record<string, number>>
  readonly refreshed: boolean
  readonly baseMs: number | undefined
  readonly offline: boolean
  readonly reason: DialReason
}

export type MachineEvent =
  | { readonly type: 'connect' | 'retryNow' | 'suspend' | 'due' | 'flushed' | 'reauthenticate' }
  | { readonly type: 'reconnect' }
  | { readonly type: 'close'; readonly flushMs: number }
  | { readonly type: 'signal'; readonly signal: WakeSignal }
  | { readonly type: 'dialing'; readonly generation: number; readonly transport: string }
  | { readonly type: 'handshaking'; readonly generation: number; readonly step: 'auth' | 'resume' | 'hydrate' }
  | {
      readonly type: 'accepted'
      readonly generation: number
      readonly resumed: boolean
      readonly epoch: string | undefined
    }
  | { readonly type: 'failed'; readonly generation: number; readonly cause: Cause; readonly verdict: Verdict }
  | { readonly type: 'stable'; readonly generation: number }
  | { readonly type: 'health'; readonly generation: number; readonly health: 'live' | 'suspect' }
  | {
      readonly type: 'leave'
      readonly generation: number
      readonly reason: 'goaway' | 'rotate'
      readonly spreadMs: number
    }
  | { readonly type: 'retryBase'; readonly ms: number }

export type Effect =
  | { readonly do: 'dial'; readonly generation: number; readonly attempt: number; readonly reason: DialReason }
  | {
      readonly do: 'drop'
      readonly generation: number
      readonly why: 'reconnect' | 'rotate' | 'freeze' | 'close' | 'goaway'
    }
  /** Arms the one timer, replacing it. */
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'stopWaiting' }
  | { readonly do: 'forgetSession' }
  | { readonly do: 'probe' }
  | { readonly do: 'hidden'; readonly hidden: boolean }
  | { readonly do: 'report'; readonly what: 'stale' | 'ignored' | 'hintClamped'; readonly detail: string }

export interface MachineEnv {
  readonly now: number
  readonly random: Random
  readonly retry: RetryOptions
  /** The protocol allows a successor beside the old connection. */
  readonly overlap: boolean
}

export interface Step {
  readonly machine: Machine
  readonly effects: readonly Effect[]
}

/** While the runtime claims to be offline a dial is tried this often all the same: such claims are sometimes wrong. */
const OFFLINE_PROBE_MS = 300_000

export const INITIAL_MACHINE: Machine = {
  status: { state: 'idle' },
  generation: 0,
  retiring: undefined,
  attempt: 0,
  failures: 0,
  outageAt: undefined,
  dials: [],
  spent: {},
  refreshed: false,
  baseMs: undefined,
  offline: false,
  reason: 'initial',
}

/** The whole table: what an event makes of a state. Pure. */
export function step(machine: Machine, event: MachineEvent, env: MachineEnv): Step {
  switch (event.type) {
    case 'connect':
      return isResting(machine.status) ? dial(afresh(machine), env, 'initial') : stay(machine)
    case 'reconnect':
      return reconnect(machine, env)
    case 'retryNow':
      return machine.status.state === 'waiting' ? dial(machine, env, machine.reason, true) : stay(machine)
    case 'reauthenticate':
      return machine.status.state === 'authRequired'
        ? dial({ ...machine, refreshed: false }, env, 'refused')
        : stay(machine)
    case 'suspend':
      return isOver(machine.status) ? stay(machine) : halt(machine, { state: 'suspended', reason: 'user' }, 'close')
    case 'close':
      return close(machine, event.flushMs, env)
    case 'flushed':
      return isClosing(machine.status) ? halt(machine, closedBy({ reason: 'user' }), 'close') : stay(machine)
    case 'due':
      return due(machine, env)
    case 'signal':
      return signal(machine, event.signal, env)
    case 'retryBase':
      return stay({ ...machine, baseMs: Math.min(Math.max(event.ms, MIN_BASE_MS), MAX_HINT_MS) })
    default:
      return ofDial(machine, event, env)
  }
}

type DialEvent = Extract<MachineEvent, { generation: number }>

/** Events that a dial sends. Those of an older generation are stale, except the end of the one that is retiring. */
function ofDial(machine: Machine, event: DialEvent, env: MachineEnv): Step {
  const { status } = machine
  if (event.type === 'failed' && event.generation === machine.retiring) return retired(machine)
  // A listener may have ended the attempt while its own end was being told: that is stale too.
  if (event.generation !== machine.generation || !isActive(status)) {
    return stay(machine, { do: 'report', what: 'stale', detail: `${event.type} of dial ${event.generation}` })
  }
  switch (event.type) {
    case 'dialing':
      return at(machine, { state: 'dialing', attempt: machine.attempt, transport: event.transport })
    case 'handshaking':
      return at(machine, { state: 'handshaking', attempt: machine.attempt, step: event.step })
    case 'accepted':
      return accepted(machine, event, env)
    case 'failed':
      return isClosing(status) ? halt(machine, closedBy({ reason: 'user' }), 'close') : failed(machine, event, env)
    case 'stable':
      return status.state === 'open' ? stable(machine, status) : stay(machine)
    case 'health':
      return status.state === 'open' ? stay({ ...machine, status: { ...status, health: event.health } }) : stay(machine)
    case 'leave':
      return leave(machine, event, env)
  }
}

// ---- dialing ------------------------------------------------------------------------------------

function dial(machine: Machine, env: MachineEnv, reason: DialReason, force = false): Step {
  if (machine.offline && !force) return wait({ ...machine, reason }, env, 'offline', OFFLINE_PROBE_MS)
  const { limits } = env.retry
  const allowedAt = nextDialAt(machine.dials, limits, env.now)
  if (allowedAt > env.now) return wait({ ...machine, reason }, env, 'governor', allowedAt - env.now)
  const generation = machine.generation + 1
  const attempt = machine.attempt + 1
  const draining = machine.status.state === 'draining'
  return {
    machine: {
      ...machine,
      generation,
      attempt,
      reason,
      dials: [...recentDials(machine.dials, limits, env.now), env.now],
      status: draining ? machine.status : { state: 'preparing', attempt },
    },
    effects: [{ do: 'stopWaiting' }, { do: 'dial', generation, attempt, reason }],
  }
}

function accepted(machine: Machine, event: Extract<MachineEvent, { type: 'accepted' }>, env: MachineEnv): Step {
  const { resumed, epoch } = event
  const status: Status = { state: 'open', since: env.now, resumed, epoch, health: 'live', stable: false }
  return { machine: { ...machine, status, retiring: undefined }, effects: dropRetiring(machine, 'goaway') }
}

function stable(machine: Machine, status: Extract<Status, { state: 'open' }>): Step {
  return stay({ ...afresh(machine), status: { ...status, stable: true }, baseMs: machine.baseMs })
}

/** A dial's own progress. While draining, the old connection is what the status speaks of. */
function at(machine: Machine, status: Status): Step {
  return stay(machine.status.state === 'draining' ? machine : { ...machine, status })
}

// ---- leaving a connection -----------------------------------------------------------------------

function leave(machine: Machine, event: Extract<MachineEvent, { type: 'leave' }>, env: MachineEnv): Step {
  if (machine.status.state !== 'open') return stay(machine)
  const spread = event.reason === 'rotate' ? LOCAL_SPREAD_MS : Math.max(event.spreadMs, env.retry.firstMs)
  const ms = env.random() * spread
  const reason: DialReason = event.reason === 'rotate' ? 'rotate' : 'retry'
  if (!env.overlap) {
    const waiting = wait({ ...machine, reason }, env, 'hint', ms)
    return {
      machine: waiting.machine,
      effects: [{ do: 'drop', generation: machine.generation, why: event.reason }, ...waiting.effects],
    }
  }
  const status: Status = { state: 'draining', reason: event.reason, deadline: env.now + ms + DRAIN_MS }
  return { machine: { ...machine, reason, status, retiring: machine.generation }, effects: [{ do: 'wait', ms }] }
}

/** What a successor's dial may take at the longest by the default deadlines; told to the app as `deadline`. */
const DRAIN_MS = 30_000

/** The old connection ended while its successor was on the way: from here on it is an ordinary attempt. */
function retired(machine: Machine): Step {
  const { status, generation, retiring, attempt } = machine
  if (status.state !== 'draining') return stay({ ...machine, retiring: undefined })
  const next: Status =
    generation === retiring
      ? { state: 'waiting', reason: 'hint', attempt, until: status.deadline - DRAIN_MS }
      : { state: 'preparing', attempt }
  return stay({ ...machine, retiring: undefined, status: next })
}

function reconnect(machine: Machine, env: MachineEnv): Step {
  if (isResting(machine.status) && machine.status.state !== 'authRequired') return dial(afresh(machine), env, 'initial')
  const stopped = halt(machine, { state: 'idle' }, 'reconnect')
  const next = dial(stopped.machine, env, 'retry', true)
  return { machine: next.machine, effects: [...stopped.effects, ...next.effects] }
}

function close(machine: Machine, flushMs: number, env: MachineEnv): Step {
  const { status } = machine
  if (status.state === 'closed') return stay(machine)
  if (status.state === 'open' && flushMs > 0) {
    const draining: Status = { state: 'draining', reason: 'close', deadline: env.now + flushMs }
    return { machine: { ...machine, status: draining }, effects: [{ do: 'wait', ms: flushMs }] }
  }
  return halt(machine, closedBy({ reason: 'user' }), 'close')
}

/** Everything that is under way ends; nothing is scheduled. */
function halt(machine: Machine, status: Status, why: 'close' | 'reconnect' | 'freeze'): Step {
  return {
    machine: { ...machine, status, retiring: undefined },
    effects: [
      { do: 'stopWaiting' },
      ...dropRetiring(machine, why),
      ...(isActive(machine.status) ? [{ do: 'drop', generation: machine.generation, why } as const] : []),
    ],
  }
}

function dropRetiring(machine: Machine, why: 'close' | 'reconnect' | 'freeze' | 'goaway'): Effect[] {
  const { retiring, generation } = machine
  return retiring === undefined || retiring === generation ? [] : [{ do: 'drop', generation: retiring, why }]
}

// ---- failure ------------------------------------------------------------------------------------

function failed(before: Machine, event: Extract<MachineEvent, { type: 'failed' }>, env: MachineEnv): Step {
  const { verdict, cause } = event
  const effects = dropRetiring(before, 'goaway')
  const machine: Machine = {
    ...before,
    retiring: undefined,
    failures: before.failures + 1,
    outageAt: before.outageAt ?? env.now,
    reason: 'retry',
    // The successor's dial failed: what follows is an ordinary retry, and the status says so.
    status: before.status.state === 'draining' ? { state: 'preparing', attempt: before.attempt } : before.status,
  }
  const next = obey(machine, verdict, cause, env)
  return { machine: next.machine, effects: [...effects, ...next.effects] }
}

function obey(machine: Machine, verdict: Verdict, cause: Cause, env: MachineEnv): Step {
  switch (verdict.act) {
    case 'stop':
      return over(machine, { reason: 'terminal', error: verdict.error })
    case 'refresh':
      return machine.refreshed ? park(machine, verdict.error) : dial({ ...machine, refreshed: true }, env, 'refused')
    case 'park':
      return park(machine, verdict.error)
    case 'newSession': {
      const next = retry(machine, { act: 'retry' }, cause, env)
      return { machine: next.machine, effects: [{ do: 'forgetSession' }, ...next.effects] }
    }
    case 'goaway': {
      const spread = env.random() * Math.max(Math.min(verdict.spreadMs ?? 0, MAX_HINT_MS), env.retry.firstMs)
      const ms = machine.failures > 1 ? Math.max(spread, backoff(machine, env)) : spread
      return exhausted(machine, cause, env) ?? wait(machine, env, 'hint', ms)
    }
    case 'retry':
      return retry(machine, verdict, cause, env)
  }
}

function park(machine: Machine, error: unknown): Step {
  const status: Status = { state: 'authRequired', error, attempt: machine.attempt }
  return { machine: { ...machine, status }, effects: [{ do: 'stopWaiting' }] }
}

function retry(machine: Machine, verdict: Extract<Verdict, { act: 'retry' }>, cause: Cause, env: MachineEnv): Step {
  const { budget, max = Number.POSITIVE_INFINITY, floorMs, delayMs } = verdict
  let counted = machine
  if (budget !== undefined) {
    const spent = (machine.spent[budget] ?? 0) + 1
    if (spent > max) return over(machine, { reason: 'exhausted', error: gaveUp(cause, machine) })
    counted = { ...machine, spent: { ...machine.spent, [budget]: spent } }
  }
  const given = exhausted(counted, cause, env)
  if (given !== undefined) return given
  if (counted.offline) return wait(counted, env, 'offline', OFFLINE_PROBE_MS)
  const local = cause.kind === 'local' || (cause.kind === 'liveness' && cause.rule === 'probe')
  let ms = local && machine.failures === 1 ? env.random() * LOCAL_SPREAD_MS : backoff(counted, env, delayMs)
  ms = withHint(ms, floorMs, env.random)
  const hinted = floorMs !== undefined && floorMs > 0
  const next = wait(counted, env, hinted ? 'hint' : 'backoff', ms)
  if (!hinted || floorMs <= MAX_HINT_MS) return next
  const clamp: Effect = { do: 'report', what: 'hintClamped', detail: `${floorMs} ms to ${MAX_HINT_MS} ms` }
  return { machine: next.machine, effects: [...next.effects, clamp] }
}

function backoff(machine: Machine, env: MachineEnv, delayMs?: number | undefined): number {
  const options = machine.baseMs === undefined ? env.retry : { ...env.retry, baseMs: machine.baseMs }
  return backoffDelay(
    machine.failures,
    delayMs === undefined ? options : { ...options, schedule: () => delayMs },
    env.random,
  )
}

function exhausted(machine: Machine, cause: Cause, env: MachineEnv): Step | undefined {
  const { maxAttempts, giveUpAfterMs, onExhausted } = env.retry
  const tooLong = machine.outageAt !== undefined && env.now - machine.outageAt >= giveUpAfterMs
  if (machine.failures <= maxAttempts && !tooLong) return undefined
  if (onExhausted === 'close') return over(machine, { reason: 'exhausted', error: gaveUp(cause, machine) })
  return { machine: { ...machine, status: { state: 'suspended', reason: 'budget' } }, effects: [{ do: 'stopWaiting' }] }
}

function gaveUp(cause: Cause, machine: Machine): HoldfastError {
  const details = cause.kind === 'close' ? { closeCode: cause.code, closeReason: cause.reason } : {}
  return coreError('connection/exhausted', `Gave up after ${machine.failures} failed attempts`, {
    cause: 'error' in cause ? cause.error : undefined,
    details: { failures: machine.failures, kind: cause.kind, ...details },
  })
}

function over(machine: Machine, outcome: Outcome): Step {
  return { machine: { ...machine, status: closedBy(outcome), retiring: undefined }, effects: [{ do: 'stopWaiting' }] }
}

// ---- waiting and triggers -----------------------------------------------------------------------

type WaitReason = Extract<Status, { state: 'waiting' }>['reason']

function wait(machine: Machine, env: MachineEnv, reason: WaitReason, ms: number): Step {
  const { attempt, status } = machine
  const draining = status.state === 'draining' && machine.retiring !== undefined
  const waiting: Status = draining ? status : { state: 'waiting', reason, attempt, until: env.now + ms }
  return { machine: { ...machine, status: waiting }, effects: [{ do: 'wait', ms }] }
}

function due(machine: Machine, env: MachineEnv): Step {
  const { status } = machine
  if (isClosing(status)) return halt(machine, closedBy({ reason: 'user' }), 'close')
  if (status.state === 'waiting' || status.state === 'draining') return dial(machine, env, machine.reason, true)
  return stay(machine)
}

function signal(before: Machine, name: WakeSignal, env: MachineEnv): Step {
  const machine = name === 'online' || name === 'offline' ? { ...before, offline: name === 'offline' } : before
  const { status } = machine
  switch (name) {
    case 'hidden':
      return stay(machine, { do: 'hidden', hidden: true })
    case 'freeze':
      return isActive(status) || status.state === 'waiting'
        ? halt(machine, { state: 'suspended', reason: 'hidden' }, 'freeze')
        : stay(machine)
    case 'offline':
      if (status.state === 'waiting' && status.reason === 'backoff')
        return wait(machine, env, 'offline', OFFLINE_PROBE_MS)
      return stay(machine, { do: 'probe' })
    default:
      return wake(machine, name, env)
  }
}

/** Something suggests that the network is usable again. A server's hint and the dial budget are not overruled by it. */
function wake(machine: Machine, name: 'online' | 'visible' | 'wake' | 'restore', env: MachineEnv): Step {
  const { status } = machine
  const shown: Effect[] = name === 'visible' || name === 'restore' ? [{ do: 'hidden', hidden: false }] : []
  if (status.state === 'waiting' && (status.reason === 'backoff' || status.reason === 'offline')) {
    const next = wait(machine, env, 'backoff', env.random() * LOCAL_SPREAD_MS)
    return { machine: next.machine, effects: [...shown, ...next.effects] }
  }
  if (status.state === 'suspended' && status.reason !== 'user') {
    const next = dial(status.reason === 'budget' ? afresh(machine) : machine, env, 'retry')
    return { machine: next.machine, effects: [...shown, ...next.effects] }
  }
  return { machine, effects: [...shown, { do: 'probe' }] }
}

// ---- small words --------------------------------------------------------------------------------

function stay(machine: Machine, ...effects: Effect[]): Step {
  return { machine, effects }
}

function afresh(machine: Machine): Machine {
  return { ...machine, attempt: 0, failures: 0, outageAt: undefined, spent: {}, refreshed: false, baseMs: undefined }
}

function closedBy(outcome: Outcome): Status {
  return { state: 'closed', outcome }
}

function isClosing(status: Status): boolean {
  return status.state === 'draining' && status.reason === 'close'
}

function isOver(status: Status): boolean {
  return status.state === 'closed' || status.state === 'idle'
}

/** Nothing is under way, and `connect()` starts it. */
function isResting(status: Status): boolean {
  return isOver(status) || status.state === 'suspended' || status.state === 'authRequired'
}

/** A dial of the newest generation exists. */
function isActive(status: Status): boolean {
  const { state } = status
  return (
    state === 'preparing' || state === 'dialing' || state === 'handshaking' || state === 'open' || state === 'draining'
  )
}
