import type { Timer } from '@holdfast/core'
import { abortReason } from '@holdfast/core/contract'
import { TabsError } from '../errors.ts'
import { aborted, heldAfter } from '../locks.ts'
import { TABS_DEFAULTS } from '../options.ts'
import type { PortLike } from '../port.ts'
import type { Surroundings } from '../surroundings.ts'
import { join } from '../wire.ts'
import type { Meeting } from './meeting.ts'
import { type ReadyPort, readyPort } from './page-link.ts'
import type { PageAtMeeting } from './tabs-page.ts'

/**
 * The host is in a worker, which the browser finds by its name. One that answered and then hangs is left by all pages at once, for
 * another of the next generation: they hold a lock for the generation that they use, and the page that notices takes it from them.
 */
export function inWorker(
  newWorker: (generation: number) => SharedWorker,
  { clock, locks }: Surroundings & { readonly locks: LockManager },
  { names, changed }: PageAtMeeting,
): Meeting {
  const stop = new AbortController()
  let generation = 1
  let held = 0
  let heardAt = 0
  let look: Timer | undefined
  const received = (): void => {
    heardAt = clock.now()
  }
  /** The newest generation that a page uses. */
  const joins = async (): Promise<void> => {
    generation = Math.max(generation, ...(await heldAfter(locks, names.workers)).map((name) => Number(name) || 0))
    if (held === generation) return
    held = generation
    const { signal } = stop
    locks
      .request(names.workers + held, { mode: 'shared', signal }, () => aborted(signal))
      .catch(() => {
        if (signal.aborted) return
        generation += 1
        look?.cancel()
        changed()
      })
  }
  /** Asks after a silence; the answer, or anything else, may take as long as the worker may to begin. */
  const looks = (port: PortLike): void => {
    look?.cancel()
    look = clock.after(heardAt + TABS_DEFAULTS.visibleLookMs - clock.now(), () => {
      const askedAt = clock.now()
      if (askedAt - heardAt < TABS_DEFAULTS.visibleLookMs) return looks(port)
      port.postMessage(join({ t: 'ask' }))
      look = clock.after(TABS_DEFAULTS.workerMs, () => {
        if (heardAt >= askedAt) return looks(port)
        locks.request(names.workers + held, { steal: true }, () => {}).catch(() => {})
      })
    })
  }
  const dial = async (signal: AbortSignal): Promise<ReadyPort> => {
    await joins()
    if (signal.aborted) throw abortReason(signal)
    return new Promise((resolve, reject) => {
      const worker = newWorker(generation)
      const end = new AbortController()
      const fails = (error: unknown): void => {
        end.abort(error)
        reject(error)
      }
      worker.onerror = () => fails(new TabsError('tabs/worker_failed', 'The shared worker could not be started.'))
      const late = clock.after(TABS_DEFAULTS.workerMs, () =>
        fails(new TabsError('tabs/worker_silent', 'The shared worker does not answer.')),
      )
      signal.addEventListener('abort', () => fails(signal.reason), { once: true })
      readyPort(worker.port, end.signal)
        .then((ready) => {
          received()
          looks(ready.port)
          resolve(ready)
        }, reject)
        .finally(() => late.cancel())
    })
  }
  const leave = (): void => {
    look?.cancel()
    stop.abort()
  }
  return { dial, received, wrote: () => {}, leave }
}
