import type { Random } from '@holdfast/contract'

/** While an outage is younger than `untilMs`, no window is longer than `capMs`. In milliseconds. */
export interface BackoffStage {
  readonly untilMs: number
  readonly capMs: number
}

/** Numbers of the backoff. All in milliseconds. Defaults: those of the preset, see {@link RETRY_PRESETS}. */
export interface BackoffOptions {
  /** Window of the exponential schedule at the first retry; doubles with each. */
  readonly baseMs: number
  /** No window is longer, however old the outage is. */
  readonly capMs: number
  /** No delay is shorter. */
  readonly floorMs: number
  /** The first window is at least this long: it decides how hard a lost server is stormed. */
  readonly firstMs: number
  /** A schedule instead of the exponential one: the window before retry `n` (1, 2, …). Jitter and cap still apply. */
  readonly schedule?: ((n: number) => number) | undefined
  /** The part of the window that is random, 0 … 1. */
  readonly jitter: number
  /** The same for the first retry. @defaultValue as `jitter` */
  readonly firstJitter?: number | undefined
  /** Tighter caps while an outage is young, the youngest first. Absent or empty: none. */
  readonly stages?: readonly BackoffStage[] | undefined
}

/** A local cause (wake, online, visible, manual) is retried within this time. */
export const LOCAL_SPREAD_MS = 250
/** Clients of a server that leaves reconnect over at least this time, in milliseconds, whatever their preset. */
export const DRAIN_SPREAD_MS = 2_000
/** Delays of a schedule of a kind of failure's own are a quarter more or less than their mean, at most. */
export const OWN_JITTER = 0.4
/** No sticky base (SSE `retry:`) is shorter. */
export const MIN_BASE_MS = 250

/** The window from which the delay before retry `n` is drawn, when the outage is `outageMs` old. */
export function backoffWindow(n: number, options: BackoffOptions, outageMs: number = 0): number {
  const { baseMs, floorMs, firstMs, schedule, stages } = options
  const raw = schedule === undefined ? Math.max(firstMs, baseMs * 2 ** Math.min(n - 1, 30)) : schedule(n)
  const stage = stages?.find(({ untilMs }) => outageMs < untilMs)
  return Math.max(floorMs, Math.min(options.capMs, stage?.capMs ?? raw, raw))
}

/** Milliseconds to wait before retry `n`: jitter inside the window, so the cap is a cap. */
export function backoffDelay(n: number, options: BackoffOptions, random: Random, outageMs: number = 0): number {
  const window = backoffWindow(n, options, outageMs)
  const jitter = n === 1 ? (options.firstJitter ?? options.jitter) : options.jitter
  const least = Math.max(options.floorMs, window * (1 - jitter))
  return least + random() * (window - least)
}
