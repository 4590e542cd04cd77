import { systemClock } from '@holdfast/core'
import { formatHubPosition, isKnownHubSseMessage, parseHubPosition, readHubStamp } from '@holdfast/protocol/hub'
import { HubObserver } from '../observer.ts'
import type { HubSseEvent } from '../observer-protocol.ts'
import type { HubObserverOptions } from '../options.ts'
import { TabFilter } from './filter.ts'
import { firstState } from './first-state.ts'
import {
  type HubTabsLink,
  positionText,
  type SharedHub,
  type SharedHubContext,
  type SharedHubPosition,
} from './shared.ts'

/** Options of the observer that tabs share. What `subscribe` leaves out comes to no tab. */
export type ObserverForTabsOptions = Omit<HubObserverOptions, 'wire' | 'after' | 'onMessage' | 'onHydration'>

/** As {@link hubForTabs}, for a {@link HubObserver}: one event stream for all tabs. */
export function observerForTabs(
  options: ObserverForTabsOptions,
): (context: SharedHubContext) => SharedHub<HubSseEvent, never> {
  const { clock = systemClock } = options
  const partOf = ({ data }: { readonly data?: HubSseEvent['data'] }): 'part' | 'end' | undefined => {
    if (data === undefined || !isKnownHubSseMessage(data)) return undefined
    return data.type === 'snapshot' ? 'part' : data.type === 'hydration' ? 'end' : undefined
  }
  return ({ after }) => {
    const { connection } = new HubObserver({ ...options, after: after && formatHubPosition(after) })
    let isComing = after === undefined
    /** Where a stream begins that was given no position says its first state. */
    let start = after
    return {
      // The first event of a stream says whether it goes on; the link does not.
      reportsGaps: true,
      ...{ connection, positionOf, start: () => start, about: () => undefined, take: () => undefined, left: () => {} },
      snapshots: {
        partOf(event) {
          const part = partOf(event)
          isComing &&= part !== 'end'
          start ??= part === 'end' ? positionOf(event) : undefined
          return part
        },
        async load(signal) {
          const messages = await firstState<HubSseEvent, HubSseEvent | { readonly type: 'gap' }>(
            {
              ...{ clock, isComing },
              begin: (given) => new HubObserver({ ...options, signal: given }),
              stateIn: (item) => {
                const part = 'data' in item ? partOf(item) : undefined
                return part && 'data' in item ? { message: item, isEnd: part === 'end' } : undefined
              },
            },
            signal,
          )
          return { messages, at: messages.map(positionOf).findLast((at) => at !== undefined) }
        },
      },
    }
  }
}

/** The number is in the event, or in its id; the epoch is in the id. */
function positionOf({ data, id }: HubSseEvent): SharedHubPosition | undefined {
  const position = parseHubPosition(id)
  const seq = readHubStamp(data)?.seq ?? position?.seq
  return seq === undefined || position === undefined ? undefined : { epoch: position.epoch, seq }
}

/** What a `HubObserver` of a tab is made of. For one observer. */
export type ObserverOverTabs = Required<Pick<HubObserverOptions, 'transport' | 'wire' | 'url' | 'retry'>>

/** As {@link hubOverTabs}, for a {@link HubObserver} and `observerForTabs()`. Its `subscribe` chooses from what is shared. */
export function observerOverTabs(shared: HubTabsLink<HubSseEvent, never>): ObserverOverTabs {
  const { transport, protocol, target, retry } = shared
  const filter = new TabFilter()
  // To the engine of an observer frames are events; here both ends are those of the tabs, and frames are what they write.
  const asEvents: unknown = {
    transport: filter.watching(transport, protocol.startAfter),
    wire: {
      ...protocol,
      position: () => positionText(protocol),
      receive: (event: HubSseEvent, context: never) =>
        filter.let(protocol.receive?.(event, context) ?? false, event.data),
    },
  }
  return { ...(asEvents as ObserverOverTabs), retry, url: target }
}
