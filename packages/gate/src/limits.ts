import { HoldfastError, mergeBounds } from '@holdfast/contract'
import type { QueueLimits } from './upgrade/queued-connection.ts'

/** Bounds of a gate. */
export interface GateLimits extends QueueLimits {
  /** The largest frame; a larger one ends its connection (close code 1009). */
  readonly maxFrameBytes: number
  readonly maxConnections: number
  /** Of them those of one principal: the rest is for others. */
  readonly maxConnectionsPerPrincipal: number
}

/** The default bounds of a gate. */
export const GATE_LIMITS: GateLimits = {
  maxFrameBytes: 1_048_576,
  maxConnections: 10_000,
  maxConnectionsPerPrincipal: 8_000,
  handshakeTimeoutMs: 10_000,
  pingIntervalMs: 15_000,
  // Two pings may get lost.
  silenceMs: 45_000,
  stalledMs: 300_000,
  maxOutputBytes: 1_048_576,
  maxPendingFrames: 256,
}

/**
 * Bounds of an endpoint: those that are given, else the defaults.
 * @throws HoldfastError `server/invalid_option` for a bound that is no number, or below zero
 */
export function limitsFrom<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
  given: { readonly [Each in NoInfer<Name>]?: number | undefined } = {},
): Record<Name, number> {
  return mergeBounds(defaults, given, (name, problem) => {
    const option = `limits.${name}`
    return new HoldfastError('server/invalid_option', `Option ${option}: ${problem}.`, { details: { option } })
  })
}
