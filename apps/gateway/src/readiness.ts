import type { LogHealth } from '@holdfast/log'

/** An answer of `/readyz`. */
export interface Readiness {
  readonly status: 200 | 503
  readonly body: {
    readonly status: 'ready' | 'degraded'
    /** Why not, in words. */
    readonly reason?: string | undefined
    /** What the store cannot do, each with its cause. */
    readonly failing?: LogHealth['failing']
    /** How many sessions are answered with an error because they are damaged, while all others are served. */
    readonly damagedSessions?: number | undefined
  }
}

/**
 * Whether clients should be sent here, by the health of the store.
 * @param wanted `read`: for clients that only observe, a store that cannot write is good enough
 */
export function readinessOf(health: LogHealth | undefined, wanted: 'all' | 'read'): Readiness {
  const { ok = false, reason, failing, damaged } = health ?? {}
  const body = {
    ...(reason === undefined ? {} : { reason }),
    ...(failing === undefined ? {} : { failing }),
    ...(damaged === undefined ? {} : { damagedSessions: damaged.length }),
  }
  const isReady = ok || (wanted === 'read' && works(health, 'read'))
  return isReady
    ? { status: 200, body: { status: 'ready', ...body } }
    : { status: 503, body: { status: 'degraded', ...body } }
}

/** Whether a store does this, as far as it knows. */
export function works(health: LogHealth | undefined, operation: 'read' | 'append'): boolean {
  if (health === undefined) return false
  return health.ok || (health.failing !== undefined && health.failing[operation] === undefined)
}
