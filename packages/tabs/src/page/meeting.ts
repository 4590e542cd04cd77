import type { TabHost, TabHostOptions } from '../host/tab-host.ts'
import type { PortLike } from '../port.ts'
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
