import { type Clock, systemClock } from '@holdfast/core'
import type { WakeSignal } from '@holdfast/core/contract'
import { TABS_DEFAULTS, type TabsBounds, type TabsOptions, type TabsSurroundings } from './options.ts'
import { type PortLike, portPair } from './port.ts'

/** What is there to share by. */
export interface Surroundings extends TabsSurroundings {
  readonly signals: NonNullable<TabsSurroundings['signals']>
  readonly clock: Clock
}

/** The same where one tab can lead. */
export interface SharingSurroundings extends Surroundings {
  readonly locks: LockManager
  readonly BroadcastChannel: typeof BroadcastChannel
}

/** What was given, and the page's own where nothing was. */
export function surroundingsOf(given: TabsSurroundings): Surroundings {
  return {
    locks: 'locks' in given ? given.locks : globalThis.navigator?.locks,
    BroadcastChannel: 'BroadcastChannel' in given ? given.BroadcastChannel : globalThis.BroadcastChannel,
    signals: given.signals ?? pageVisibility(globalThis.document),
    clock: given.clock ?? systemClock,
  }
}

export function canShare(surroundings: Surroundings): surroundings is SharingSurroundings {
  return surroundings.locks !== undefined && surroundings.BroadcastChannel !== undefined
}

export function boundsOf({
  maxBehindBytes,
  windowBytes,
}: Pick<TabsOptions<never, never>, keyof TabsBounds>): TabsBounds {
  return {
    maxBehindBytes: maxBehindBytes ?? TABS_DEFAULTS.maxBehindBytes,
    windowBytes: windowBytes ?? TABS_DEFAULTS.windowBytes,
  }
}

/** Timers of hidden pages are slow; messages are not. */
export function newPair(clock: Clock): readonly [PortLike, PortLike] {
  if (clock !== systemClock || globalThis.MessageChannel === undefined) return portPair((run) => clock.after(0, run))
  const { port1, port2 } = new MessageChannel()
  return [port1, port2]
}

const PAGE_EVENTS = ['visibilitychange', 'freeze', 'resume']

function signalOf(event: string, page: Document | undefined): WakeSignal {
  if (event === 'freeze') return 'freeze'
  if (event === 'resume') return 'restore'
  return page?.visibilityState === 'hidden' ? 'hidden' : 'visible'
}

/** Of this page; visible where there is none. */
function pageVisibility(page: Document | undefined): NonNullable<TabsSurroundings['signals']> {
  return {
    get visible() {
      return page?.visibilityState !== 'hidden'
    },
    subscribe(listener) {
      const changed = ({ type }: { readonly type: string }): void => listener(signalOf(type, page))
      for (const name of PAGE_EVENTS) page?.addEventListener(name, changed)
      return () => {
        for (const name of PAGE_EVENTS) page?.removeEventListener(name, changed)
      }
    },
  }
}
