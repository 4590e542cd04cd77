import { MIN_BASE_MS } from '../../retry/backoff.ts'
import { MAX_HINT_MS } from '../../retry/server-hint.ts'
import { fail } from './fail.ts'
import { failBeside, leave, retired, stay } from './leave.ts'
import {
  type At,
  CLOSED,
  type Draft,
  dial,
  dropRetiring,
  isActive,
  isClosing,
  isOver,
  resetRetry,
  stop,
  wait,
} from './moves.ts'
import { type Effect, initialMachine, type Machine, type MachineEnv, type MachineEvent, type Step } from './state.ts'
import { wake } from './wake.ts'

type DialEvent = Extract<MachineEvent, { generation: number }>

/** The whole table: what an event makes of a state. Pure: the moves work on a copy. */
export function step(machine: Machine, event: MachineEvent, env: MachineEnv): Step {
  const effects: Effect[] = []
  // A copy of this shape: what a spread makes is larger.
  const next: Draft = Object.assign(initialMachine(), machine)
  const at: At = { ...env, effects }
  if (!('generation' in event)) ofUser(next, event, at)
  else if (event.type === 'failed' && event.generation === machine.retiring) retired(next, at)
  else if (event.type === 'heard' && event.generation === machine.retiring) stay(next, at)
  // A listener may have ended the attempt while its own end was being reported: that is stale too.
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
      // The newest call wins, in its turn: what is being closed is closed first.
      if (isClosing(status)) next.reopen = true
      if (isOver(status) || state === 'suspended' || state === 'authRequired') connectFromScratch(next, at)
      return
    case 'reconnect':
      if (isClosing(status)) {
        next.reopen = true
        return
      }
      return again(next, at, event.afterMs ?? 0)
    case 'retryNow':
      if (state === 'waiting') dial(next, at, next.reason, true)
      return
    case 'reauthenticate':
      if (state !== 'authRequired') return
      next.refreshed = false
      return dial(next, at, 'refused')
    case 'suspend':
      if (!isOver(status) && !isClosing(status)) stop(next, at, { state: 'suspended', reason: 'user' }, 'close')
      return
    case 'close':
      next.reopen = false
      if (state === 'closed') return
      if (state !== 'open' || event.flushMs <= 0) return stop(next, at, CLOSED, 'close')
      next.dueAt = at.now + event.flushMs
      next.status = { state: 'draining', reason: 'close', deadline: next.dueAt }
      return
    case 'flushed':
      if (isClosing(status)) stop(next, at, CLOSED, 'close')
      return
    case 'due':
      if (isClosing(status)) stop(next, at, CLOSED, 'close')
      else if (state === 'waiting' || state === 'draining') dial(next, at, next.reason, true)
      return
    case 'signal':
      return wake(next, at, event.signal)
    case 'retryBase':
      // Zero asks for nothing: it would make a storm of those who heed it.
      if (event.ms > 0) next.baseMs = Math.min(Math.max(event.ms, MIN_BASE_MS), MAX_HINT_MS)
  }
}

/** Drops what there is and dials: at once, or after a pause and with a fresh count. */
function again(next: Draft, at: At, afterMs: number): void {
  const { status } = next
  const isAtRest = isOver(status) || status.state === 'suspended'
  if (afterMs > 0 || isAtRest) resetRetry(next)
  stop(next, at, { state: 'idle' }, 'reconnect')
  if (afterMs > 0) return wait(next, at, 'backoff', afterMs)
  return isAtRest ? connectFromScratch(next, at) : dial(next, at, 'retry', true)
}

function connectFromScratch(next: Draft, at: At): void {
  next.reopen = false
  resetRetry(next)
  // Whatever the runtime says of its network: it may be wrong.
  dial(next, at, 'initial', true)
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
      dropRetiring(next, at, 'drain')
      next.opened = true
      next.grace = undefined
      next.status = { state: 'open', since: at.now, resumed, epoch, health: 'live', stable: false }
      return
    }
    case 'failed':
      if (next.doubted !== undefined && next.retiring !== next.generation) return failBeside(next, at, event)
      return isClosing(status) ? stop(next, at, CLOSED, 'close') : fail(next, at, event.decision, event.cause)
    case 'leave':
      return leave(next, at, event.reason, event.reconnectWindowMs)
  }
  if (status.state !== 'open') return
  if (event.type === 'health') {
    next.status = { ...status, health: event.health }
  } else if (!status.stable) {
    resetRetry(next, next.baseMs)
    next.status = { ...status, stable: true }
  }
}
