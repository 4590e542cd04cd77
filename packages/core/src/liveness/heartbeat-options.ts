import type { LivenessHost } from './liveness.ts'

/** Bounds of the liveness rules, in milliseconds. */
export interface HeartbeatOptions {
  /** Silence after which a probe is sent. @defaultValue 10000 */
  readonly probeAfterMs?: number | undefined
  /** Age of an unconfirmed write after which a probe is sent, though data may be flowing in. @defaultValue 5000 */
  readonly writeProbeAfterMs?: number | undefined
  /** Longest wait for the answer to a probe; once round trips are known, 4 × their 95th percentile, at least 4 s. @defaultValue 10000 */
  readonly pongTimeoutMs?: number | undefined
  /** A link this long without proof is dead, whatever the other numbers say. @defaultValue 30000 */
  readonly timeoutMs?: number | undefined
  /** A probe at least this often, however busy the link, and only its answer counts: none for `timeoutMs` is the end. @defaultValue never */
  readonly everyMs?: number | undefined
  /** Send the first probe as soon as the connection is open: it measures the round trip. @defaultValue true */
  readonly atOpen?: boolean | undefined
}

/** How a probe is made and recognised. `send` undefined: this rule can only listen. */
export interface ProbeKind<In, Out> {
  readonly send: ((host: LivenessHost<Out>, nonce: number) => void) | undefined
  answers(message: In): boolean
}

export type Bounds = { readonly [Name in keyof HeartbeatOptions]-?: NonNullable<HeartbeatOptions[Name]> }

/** Defaults of {@link HeartbeatOptions}. */
export const HEARTBEAT_DEFAULTS: Bounds = {
  probeAfterMs: 10_000,
  writeProbeAfterMs: 5_000,
  pongTimeoutMs: 10_000,
  timeoutMs: 30_000,
  everyMs: Number.POSITIVE_INFINITY,
  atOpen: true,
}
