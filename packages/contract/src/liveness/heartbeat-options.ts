import { mergeDefaults } from '../merge-defaults.ts'
import type { LivenessHost } from './liveness-types.ts'
import { NEVER } from './loop-timer.ts'

/** Bounds of the liveness rules, in milliseconds. */
export interface HeartbeatOptions {
  /** Silence after which a probe is sent. @defaultValue 10000 */
  readonly probeAfterMs?: number | undefined
  /** Age of an unconfirmed write after which a probe is sent, though data may be flowing in. @defaultValue 5000 */
  readonly writeProbeAfterMs?: number | undefined
  /**
   * Longest wait for the answer to a probe, in milliseconds; once round trips are known, 4 × their 95th percentile, at
   * least 4 s. @defaultValue 10000
   */
  readonly pongTimeoutMs?: number | undefined
  /** A link without proof for this long is dead, whatever the other options are. In milliseconds. @defaultValue 30000 */
  readonly timeoutMs?: number | undefined
  /**
   * A probe is sent at least this often, in milliseconds, however busy the link, and only its answer counts: without
   * one for `timeoutMs` the link is dead. @defaultValue never
   */
  readonly everyMs?: number | undefined
  /** Send the first probe as soon as the connection is open: it measures the round trip. @defaultValue true */
  readonly atOpen?: boolean | undefined
}

/** How a probe is made and recognised. */
export interface ProbeKind<In, Out> {
  send(host: LivenessHost<Out>, nonce: number): void
  /** Absent: no message is an answer. */
  answers?(message: In): boolean
}

/** Every option of a heartbeat. */
export type Bounds = { readonly [Name in keyof HeartbeatOptions]-?: NonNullable<HeartbeatOptions[Name]> }

/** Defaults of {@link HeartbeatOptions}. */
export const HEARTBEAT_DEFAULTS: Bounds = {
  probeAfterMs: 10_000,
  writeProbeAfterMs: 5_000,
  pongTimeoutMs: 10_000,
  timeoutMs: 30_000,
  everyMs: NEVER,
  atOpen: true,
}

/** With every default filled in. */
export function resolveHeartbeat(options: HeartbeatOptions): Bounds {
  const given = mergeDefaults(HEARTBEAT_DEFAULTS, options)
  const { everyMs, timeoutMs } = given
  // Half of the time is for asking. A rule that asks at set times, or only on request, asks no more often for that.
  const asked = (afterMs: number): number =>
    everyMs < NEVER || afterMs === NEVER ? afterMs : Math.min(afterMs, timeoutMs / 2)
  return { ...given, probeAfterMs: asked(given.probeAfterMs), writeProbeAfterMs: asked(given.writeProbeAfterMs) }
}
