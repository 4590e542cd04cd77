import type { Timer } from '@holdfast/core'
import { abortReason } from '@holdfast/core/contract'
import { TabsError } from '../errors.ts'
import type { TabHost, TabHostOptions } from '../host/tab-host.ts'
import { aborted, heldAfter } from '../locks.ts'
import type { Names } from '../names.ts'
import { TABS_DEFAULTS } from '../options.ts'
import type { PortLike } from '../port.ts'
import type { SharingSurroundings } from '../surroundings.ts'
import { join } from '../wire.ts'
import { type ReadyPort, readyPort } from './page-link.ts'

/** The host, as far as a page that has it needs to know it. */
export type HostInPage = Pick<TabHost<never, never>, 'attach' | 'close'>

/** Where a host is. */
export type HostPlace = Pick<TabHostOptions<never, never>, 'id' | 'gather' | 'gone' | 'emptied'>

/** How a page finds the host. */
export interface Meeting {
  dial(signal: AbortSignal): Promise<ReadyPort>
  /** Something was written to the host, or came from it. */
  wrote(): void
  received(): void
  /** This page takes part no more. */
  leave(): void
}

const nothing = (): void => {}

/** Where workers are met. `lost` is called where the one that this page had answers no more, or was left by another page. */
export interface WorkerMeetingOptions {
  readonly newWorker: (generation: number) => SharedWorker
  readonly surroundings: SharingSurroundings
  readonly names: Names
  readonly lost: () => void
}

/**
 * The host is in a worker, which the browser finds by its name. One that answered and then hangs is left by all pages at once, for
 * another of the next generation: they hold a lock for the generation that they use, and the page that notices takes it from them.
 */
export function inWorker({ newWorker, surroundings, names, lost }: WorkerMeetingOptions): Meeting {
  const { clock, locks } = surroundings
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
        lost()
      })
  }
  /** Asks after a silence; the answer, or anything else, may take as long as the worker may to begin. */
  const looks = (port: PortLike): void => {
    look?.cancel()
    look = clock.after(TABS_DEFAULTS.visibleLookMs, () => {
      if (clock.now() - heardAt < TABS_DEFAULTS.visibleLookMs) return looks(port)
      const askedAt = clock.now()
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
  return { dial, received, wrote: nothing, leave }
}

/** There is nothing to share by: the host is in this page, for this page alone. */
export function alone(
  newHost: (place: HostPlace) => HostInPage,
  newPair: () => readonly [PortLike, PortLike],
): Meeting {
  let host: HostInPage | undefined
  return {
    dial(signal) {
      host ??= newHost({ id: 'own', gather: async () => {}, gone: () => new Promise(nothing), emptied: nothing })
      const [near, far] = newPair()
      const ready = readyPort(near, signal)
      host.attach(far)
      return ready
    },
    wrote: nothing,
    received: nothing,
    leave() {
      void host?.close()
      host = undefined
    },
  }
}
