import { type Clock, systemClock, type Timer } from '@holdfast/contract'
import type { Cause } from '../client-protocol.ts'
import { callBack } from '../support/callbacks.ts'
import type { Status } from './status.ts'

/** What outages are read from. A `Connection` fits. */
export interface Interruptible {
  readonly lastCause: Cause | undefined
  now(): number
  on(name: 'status', listener: (event: { readonly status: Status }) => void): () => void
}

/** Options of {@link watchOutages}. */
export interface OutageOptions {
  /** Outages shorter than this are not reported. In milliseconds. @defaultValue 5000 */
  readonly afterMs?: number | undefined
  /** Not usable for `afterMs`. */
  readonly lost: (cause: Cause | undefined) => unknown
  /** Usable again after `lost`; how long it was not, in milliseconds. */
  readonly restored: (afterMs: number) => unknown
  /** What one of the two threw, or rejected with. @defaultValue it is left at that */
  readonly failed?: ((error: unknown) => unknown) | undefined
  /** @defaultValue the system's time */
  readonly clock?: Clock | undefined
}

/** Reports outages that are worth showing to a person, without flicker. Returns a function that stops it. */
export function watchOutages(connection: Interruptible, options: OutageOptions): () => void {
  const { afterMs = 5_000, lost, restored, failed = () => {}, clock = systemClock } = options
  let timer: Timer | undefined
  let since = 0
  let isReported = false
  const call = (run: () => unknown): unknown => callBack(run, failed)
  const end = (): void => {
    timer?.cancel()
    timer = undefined
    isReported = false
  }
  const off = connection.on('status', ({ status: { state } }) => {
    const now = connection.now()
    const isUsable = state === 'open' || state === 'draining'
    if (isUsable || state === 'closed' || state === 'idle') {
      const wasReported = isReported
      end()
      if (wasReported && isUsable) call(() => restored(now - since))
    } else if (timer === undefined) {
      since = now
      timer = clock.after(afterMs, () => {
        isReported = true
        call(() => lost(connection.lastCause))
      })
    }
  })
  return () => {
    off()
    end()
  }
}
