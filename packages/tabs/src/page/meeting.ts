import type { Timer } from '@holdfast/core'
import { TabsError } from '../errors.ts'
import type { TabHost, TabHostOptions } from '../host/tab-host.ts'
import { TABS_DEFAULTS } from '../options.ts'
import type { PortLike } from '../port.ts'
import type { Surroundings } from '../surroundings.ts'
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
  heard(): void
  /** This page takes part no more. */
  leave(): void
}

const nothing = (): void => {}

/** The host is in a worker, which the browser finds by its name. `lost` is called where it answers no more. */
export function inWorker(newWorker: () => SharedWorker, { clock }: Surroundings, lost: () => void): Meeting {
  let heardAt = 0
  let look: Timer | undefined
  const heard = (): void => {
    heardAt = clock.now()
  }
  /** Asks after a silence; the answer, or anything else, may take as long as the worker may to begin. */
  const looks = (port: PortLike): void => {
    look?.cancel()
    look = clock.after(TABS_DEFAULTS.visibleLookMs, () => {
      if (clock.now() - heardAt < TABS_DEFAULTS.visibleLookMs) return looks(port)
      const askedAt = clock.now()
      port.postMessage(join({ t: 'ask' }))
      look = clock.after(TABS_DEFAULTS.workerMs, () => (heardAt < askedAt ? lost() : looks(port)))
    })
  }
  const dial = (signal: AbortSignal): Promise<ReadyPort> =>
    new Promise((resolve, reject) => {
      const worker = newWorker()
      const stop = new AbortController()
      const fails = (error: unknown): void => {
        stop.abort(error)
        reject(error)
      }
      worker.onerror = () => fails(new TabsError('tabs/worker_failed', 'The shared worker could not be started.'))
      const late = clock.after(TABS_DEFAULTS.workerMs, () =>
        fails(new TabsError('tabs/worker_silent', 'The shared worker does not answer.')),
      )
      signal.addEventListener('abort', () => fails(signal.reason), { once: true })
      readyPort(worker.port, stop.signal)
        .then((ready) => {
          heard()
          looks(ready.port)
          resolve(ready)
        }, reject)
        .finally(() => late.cancel())
    })
  return { dial, heard, wrote: nothing, leave: () => look?.cancel() }
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
    heard: nothing,
    leave() {
      void host?.close()
      host = undefined
    },
  }
}
