import type { Random, WakeSignal } from '@holdfast/contract'
import type { Cause, Verdict } from '../client-protocol.ts'
import { type BackoffOptions, MAX_HINT_MS, MIN_BASE_MS } from '../retry/backoff.ts'
import type { DialLimit } from '../retry/budget.ts'
import { fail } from './fail.ts'
import { leave, retired } from './leave.ts'
import { type At, afresh, CLOSED, type Draft, dial, dropRetiring, halt, isActive, isClosing, isOver } from './moves.ts'
import type { Status } from './status.ts'
import { wake } from './wake.ts'

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
  /** The page is not seen: its timers are slow. */
  readonly hidden: boolean
  readonly reason: DialReason
  /** When `due` is wanted; undefined where nothing is waited for. */
  readonly dueAt: number | undefined
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

/** What the engine does after a step, in order. It arms its timer by `machine.dueAt`. */
export type Effect =
  /** Begins the attempt that the machine speaks of: its generation, attempt and reason. */
  | { readonly do: 'dial' }
  | { readonly do: 'drop'; readonly generation: number; readonly why: DropReason }
  | { readonly do: 'forgetSession' }
  | { readonly do: 'probe' }
  | { readonly do: 'report'; readonly what: 'stale' | 'hintClamped'; readonly detail: string }

/** Why a dial is dropped on this side. */
export type DropReason = 'reconnect' | 'rotate' | 'freeze' | 'close' | 'goaway'

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
  hidden: false,
  reason: 'initial',
  dueAt: undefined,
}

type DialEvent = Extract<MachineEvent, { generation: number }>

/** The whole table: what an event makes of a state. Pure: the moves work on a copy. */
export function step(machine: Machine, event: MachineEvent, env: MachineEnv): Step {
  const effects: Effect[] = []
  const next: Draft = { ...machine }
  const at: At = { ...env, effects }
  if (!('generation' in event)) ofUser(next, event, at)
  else if (event.type === 'failed' && event.generation === machine.retiring) retired(next, at)
  // A listener may have ended the attempt while its own end was being told: that is stale too.
  else if (event.generation === machine.generation && isActive(machine.status)) ofDial(next, event, at)
  else {
    const detail = `${event.type} of dial ${event.generation}`
    return { machine, effects: [{ do: 'report', what: 'stale', detail }] }
  }
  return { machine: next, effects }
}

/** Events of the app, the runtime and the timer. */
function ofUser(next: Draft, event: Exclude<MachineEvent, DialEvent>, at: At): void {
  const { status } = next
  const { state } = status
  switch (event.type) {
    case 'connect':
      if (isOver(status) || state === 'suspended' || state === 'authRequired') dialAfresh(next, at)
      return
    case 'reconnect':
      if (isOver(status) || state === 'suspended') return dialAfresh(next, at)
      halt(next, at, { state: 'idle' }, 'reconnect')
      return dial(next, at, 'retry', true)
    case 'retryNow':
      if (state === 'waiting') dial(next, at, next.reason, true)
      return
    case 'reauthenticate':
      if (state !== 'authRequired') return
      next.refreshed = false
      return dial(next, at, 'refused')
    case 'suspend':
      if (!isOver(status)) halt(next, at, { state: 'suspended', reason: 'user' }, 'close')
      return
    case 'close':
      if (state === 'closed') return
      if (state !== 'open' || event.flushMs <= 0) return halt(next, at, CLOSED, 'close')
      next.dueAt = at.now + event.flushMs
      next.status = { state: 'draining', reason: 'close', deadline: next.dueAt }
      return
    case 'flushed':
      if (isClosing(status)) halt(next, at, CLOSED, 'close')
      return
    case 'due':
      if (isClosing(status)) halt(next, at, CLOSED, 'close')
      else if (state === 'waiting' || state === 'draining') dial(next, at, next.reason, true)
      return
    case 'signal':
      return wake(next, at, event.signal)
    case 'retryBase':
      next.baseMs = Math.min(Math.max(event.ms, MIN_BASE_MS), MAX_HINT_MS)
  }
}

function dialAfresh(next: Draft, at: At): void {
  afresh(next)
  dial(next, at, 'initial')
}

/** What the newest dial says. While draining, the old connection is what the status speaks of. */
function ofDial(next: Draft, event: DialEvent, at: At): void {
  const { status, attempt } = next
  switch (event.type) {
    case 'dialing':
      if (status.state !== 'draining') next.status = { state: 'dialing', attempt, transport: event.transport }
      return
    case 'handshaking':
      if (status.state !== 'draining') next.status = { state: 'handshaking', attempt, step: event.step }
      return
    case 'accepted': {
      const { resumed, epoch } = event
      dropRetiring(next, at, 'goaway')
      next.status = { state: 'open', since: at.now, resumed, epoch, health: 'live', stable: false }
      return
    }
    case 'failed':
      return isClosing(status) ? halt(next, at, CLOSED, 'close') : fail(next, at, event.verdict, event.cause)
    case 'leave':
      return leave(next, at, event.reason, event.spreadMs)
  }
  if (status.state !== 'open') return
  if (event.type === 'health') {
    next.status = { ...status, health: event.health }
  } else {
    afresh(next, next.baseMs)
    next.status = { ...status, stable: true }
  }
}
