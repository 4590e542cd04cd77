/** A request to stop. */
export interface Interruption {
  readonly signal: AbortSignal
  /** As Ctrl+C. */
  interrupt(): void
  /** Gives the signals of the process back. */
  dispose(): void
}

/** Aborts at the first Ctrl+C. */
export function interruption(): Interruption {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.once(name, abort)
  return {
    signal: controller.signal,
    interrupt: abort,
    dispose: () => {
      for (const name of signals) process.off(name, abort)
    },
  }
}
