import type { UpgradeEndpoint } from '../endpoint.ts'

/** Close code of a server that restarts: service restart (RFC 6455 §7.4.2, IANA registry). */
export const RESTART_CLOSE = 1012

/** The reason that goes with {@link RESTART_CLOSE}: clients reconnect at a random moment within the window, in milliseconds. */
export function spreadReason(reconnectWindowMs: number): string {
  return JSON.stringify({ spreadMs: reconnectWindowMs })
}

/** Drains several endpoints together. Resolves when all are done; never rejects. */
export async function drainAll(
  endpoints: readonly Pick<UpgradeEndpoint, 'drain'>[],
  reconnectWindowMs: number,
): Promise<void> {
  await Promise.allSettled(endpoints.map((endpoint) => endpoint.drain?.(reconnectWindowMs)))
}
