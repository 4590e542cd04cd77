import { type Clock, systemClock } from '@holdfast/contract'
import { invalidOption } from './errors.ts'
import type { TimedFault } from './schedule.ts'

/** What {@link startChaosProxy} takes. */
export interface ChaosProxyOptions {
  /** Where connections are passed on to. */
  readonly target: { readonly host: string; readonly port: number }
  /** Where to listen. @defaultValue {@link CHAOS_PROXY_DEFAULTS}`.listen`: loopback, a free port */
  readonly listen?: { readonly host?: string | undefined; readonly port?: number | undefined } | undefined
  /** Faults to perform from the moment of listening, such as a `seededSchedule()`. @defaultValue none */
  readonly schedule?: Iterable<TimedFault> | undefined
  /** Called for every fault when it begins and when it ends. */
  readonly onFault?: ((event: FaultEvent) => void) | undefined
  /** Every byte comes this much later whenever no fault says otherwise; `heal()` returns to it. @defaultValue 0 */
  readonly delayMs?: number | undefined
  /** The rate of a link and way whenever no fault says otherwise; `heal()` returns to it. @defaultValue 0: no limit */
  readonly bytesPerSecond?: number | undefined
  /** Links beyond this many are reset at once. @defaultValue {@link CHAOS_PROXY_DEFAULTS}`.maxLinks` */
  readonly maxLinks?: number | undefined
  /** Bytes that one direction of a delayed or throttled link keeps before it stops reading. @defaultValue {@link CHAOS_PROXY_DEFAULTS}`.maxBufferedBytes` */
  readonly maxBufferedBytes?: number | undefined
  /** @defaultValue the system's time */
  readonly clock?: Clock | undefined
}

/** A fault of a schedule that begins or ends. */
export interface FaultEvent {
  /** Milliseconds since the schedule began. */
  readonly atMs: number
  readonly phase: 'begins' | 'ends'
  readonly fault: TimedFault['fault']
  /** Links open at this moment. */
  readonly links: number
}

/** What {@link startChaosProxy} takes where nothing is said. */
export const CHAOS_PROXY_DEFAULTS: {
  readonly listen: { readonly host: string; readonly port: number }
  readonly maxLinks: number
  readonly maxBufferedBytes: number
} = { listen: { host: '127.0.0.1', port: 0 }, maxLinks: 1_000, maxBufferedBytes: 1_048_576 }

/** {@link ChaosProxyOptions} with every default filled in. */
export interface ResolvedOptions {
  readonly target: { readonly host: string; readonly port: number }
  readonly host: string
  readonly port: number
  readonly schedule: Iterable<TimedFault>
  readonly onFault: (event: FaultEvent) => void
  readonly delayMs: number
  readonly bytesPerSecond: number
  readonly maxLinks: number
  readonly maxBufferedBytes: number
  readonly clock: Clock
}

/** Longer than any test waits. */
export const MAX_DELAY_MS = 3_600_000

/** @throws `chaos/invalid_option` */
export function resolveOptions(options: ChaosProxyOptions): ResolvedOptions {
  const resolved: ResolvedOptions = {
    target: options.target,
    host: options.listen?.host ?? CHAOS_PROXY_DEFAULTS.listen.host,
    port: options.listen?.port ?? CHAOS_PROXY_DEFAULTS.listen.port,
    schedule: options.schedule ?? [],
    onFault: options.onFault ?? (() => {}),
    delayMs: options.delayMs ?? 0,
    bytesPerSecond: options.bytesPerSecond ?? 0,
    maxLinks: options.maxLinks ?? CHAOS_PROXY_DEFAULTS.maxLinks,
    maxBufferedBytes: options.maxBufferedBytes ?? CHAOS_PROXY_DEFAULTS.maxBufferedBytes,
    clock: options.clock ?? systemClock,
  }
  assertWhole('target.port', resolved.target.port, 1, 65_535)
  assertWhole('listen.port', resolved.port, 0, 65_535)
  assertWhole('delayMs', resolved.delayMs, 0, MAX_DELAY_MS)
  assertWhole('bytesPerSecond', resolved.bytesPerSecond, 0, Number.MAX_SAFE_INTEGER)
  assertWhole('maxLinks', resolved.maxLinks, 1, Number.MAX_SAFE_INTEGER)
  assertWhole('maxBufferedBytes', resolved.maxBufferedBytes, 1, Number.MAX_SAFE_INTEGER)
  return resolved
}

/** @throws `chaos/invalid_option` */
export function assertWhole(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw invalidOption(`expected ${name} to be a whole number from ${min} to ${max}, got ${value}`)
}
