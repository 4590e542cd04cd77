import { EXIT } from './exit-codes.ts'

/** A request to stop. */
export interface Interruption {
  readonly signal: AbortSignal
  /** As Ctrl+C. */
  interrupt(): void
  /** Gives the signals of the process back. */
  dispose(): void
}

/** To close the connection to a gateway, where there is one. */
const CLOSE_TIMEOUT_MS = 500

/**
 * Aborts at the first Ctrl+C. Whatever still waits then, such as a reader of the output that does not read or a gateway that
 * does not answer, ends the process no later than `graceMs` after it, or at the second.
 */
export function interruption(graceMs: number = CLOSE_TIMEOUT_MS): Interruption {
  const controller = new AbortController()
  const end = (): never => process.exit(EXIT.interrupted)
  const abort = (): void => {
    if (controller.signal.aborted) end()
    // Also where nothing is left that could wake this process up.
    setTimeout(end, graceMs)
    controller.abort()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.on(name, abort)
  return {
    signal: controller.signal,
    interrupt: abort,
    dispose: () => {
      for (const name of signals) process.off(name, abort)
    },
  }
}
