import type { HoldfastError, Random, WakeSignal } from '@holdfast/contract'
import type { Cause, RetryDecision } from '../../client-protocol.ts'
import type { RetryOptions } from '../../retry/presets.ts'
import type { DialReason } from '../../support/attempt-context.ts'
import type { Status } from '../status.ts'

/** Everything that decides what happens next. Immutable. */
export interface Machine {
  readonly status: Status
  /** Number of the newest dial. What older ones say is stale. */
  readonly generation: number
  /** The highest number that was given. */
  readonly newest: number
  /** The older generation that is still read while its successor is dialed. */
  readonly retiring: number | undefined
  /** The older one may be gone, or live on: then it stays, and this is its status. */
  readonly doubted: Extract<Status, { state: 'open' }> | undefined
  readonly attempt: number
  /** Failed attempts since the last stable connection. */
  readonly failures: number
  readonly outageAt: number | undefined
  readonly dials: readonly number[]
  /** When those of them were dialed that opened a link which did not last. */
  readonly flaps: readonly number[]
  /** Was open in this client's life. */
  readonly opened: boolean
  /** An answer that will be final, unless another comes before the grace is over. */
  readonly grace: Grace | undefined
  /** `connect()` was called while it closes: it opens again after that. */
  readonly reopen: boolean
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

/** How long an answer that may pass has been coming. */
export interface Grace {
  readonly since: number
  readonly answers: number
  readonly error: HoldfastError
}

export type MachineEvent =
  | { readonly type: 'connect' | 'retryNow' | 'suspend' | 'due' | 'flushed' | 'reauthenticate' }
  /** `afterMs`: not at once, and attempts count from 1 again. */
  | { readonly type: 'reconnect'; readonly afterMs?: number | undefined }
  | { readonly type: 'close'; readonly flushMs: number }
  | { readonly type: 'signal'; readonly signal: WakeSignal }
  | { readonly type: 'dialing'; readonly generation: number; readonly transport: string }
  | { readonly type: 'handshaking'; readonly generation: number; readonly step: string }
  | {
      readonly type: 'accepted'
      readonly generation: number
      readonly resumed: boolean
      readonly epoch: string | undefined
    }
  | { readonly type: 'failed'; readonly generation: number; readonly cause: Cause; readonly decision: RetryDecision }
  | { readonly type: 'stable'; readonly generation: number }
  /** Something came over a link that is in doubt. */
  | { readonly type: 'heard'; readonly generation: number }
  | { readonly type: 'health'; readonly generation: number; readonly health: 'live' | 'suspect' }
  | {
      readonly type: 'leave'
      readonly generation: number
      readonly reason: 'drain' | 'rotate' | 'doubt'
      readonly reconnectWindowMs: number
    }
  | { readonly type: 'retryBase'; readonly ms: number }

/** What the engine does after a step, in order. It arms its timer by `machine.dueAt`. */
export type Effect =
  /** Begins the attempt that the machine speaks of: its generation, attempt and reason. */
  | { readonly do: 'dial' }
  | { readonly do: 'drop'; readonly generation: number; readonly why: DropReason }
  | { readonly do: 'forgetSession' }
  /** `network`: it may be another one. */
  | { readonly do: 'probe'; readonly network: boolean }
  | { readonly do: 'report'; readonly what: 'stale' | 'hintClamped'; readonly detail: string }

/** Why a dial is dropped on this side. */
export type DropReason = 'reconnect' | 'rotate' | 'freeze' | 'close' | 'drain' | 'doubt'

export interface MachineEnv {
  readonly now: number
  readonly random: Random
  readonly retry: RetryOptions
  /** The protocol allows a successor beside the old connection. */
  readonly overlap: boolean
  /** The server is on this machine: whatever the runtime says of its network does not matter. */
  readonly loopback: boolean
}

export interface Step {
  readonly machine: Machine
  readonly effects: readonly Effect[]
}

// Shared by machines of which nothing is known.
const NONE: readonly never[] = []
export const NOTHING_SPENT: Machine['spent'] = {}

/** Of a connection that was never asked to connect. */
export function initialMachine(): Machine {
  return {
    status: { state: 'idle' },
    generation: 0,
    newest: 0,
    retiring: undefined,
    doubted: undefined,
    attempt: 0,
    failures: 0,
    outageAt: undefined,
    dials: NONE,
    flaps: NONE,
    opened: false,
    grace: undefined,
    reopen: false,
    spent: NOTHING_SPENT,
    refreshed: false,
    baseMs: undefined,
    offline: false,
    hidden: false,
    reason: 'initial',
    dueAt: undefined,
  }
}

export const INITIAL_MACHINE: Machine = /* @__PURE__ */ initialMachine()
