/** For pages whose connection is in a shared worker: without what is needed where one of the tabs has it. */

import type { SseEvent } from '@holdfast/core'
import { FRAMES, jsonMessages, type MessageCodec } from './codecs.ts'
import { TabsError } from './errors.ts'
import { assertShared, type TabsSurroundings } from './options.ts'
import {
  connectionParts,
  type EventsSharedByTabs,
  eventParts,
  type SharedByTabs,
  type SocketSharedByTabs,
  type TabParts,
  tabParts,
} from './page/tab-parts.ts'
import { inWorker } from './page/worker-meeting.ts'
import { surroundingsOf } from './surroundings.ts'

export type { EventsSharedByTabs, SharedByTabs, SocketSharedByTabs } from './page/tab-parts.ts'

/** What a page needs whose connection is in a worker. */
export interface SharedByWorkerOptions extends Pick<TabsSurroundings, 'locks' | 'clock'> {
  /** As the worker gives it to `serveTabs()`. */
  readonly name: string
  /** What is on the way to this tab and not processed, in bytes. @defaultValue 262144 (256 KiB) */
  readonly windowBytes?: number | undefined
  /**
   * Makes the worker, whose script calls `serveTabs()`, under a name with this number in it: it grows where a worker hangs, and under
   * the same name the browser returns the same worker.
   */
  readonly worker: (generation: number) => SharedWorker
}

/** Whether this page can share by a worker: there are shared workers, and Web Locks. Else a tab makes a connection of its own. */
export function canShareByWorker(): boolean {
  return globalThis.SharedWorker !== undefined && globalThis.navigator?.locks !== undefined
}

/**
 * As `sharedByTabs()` with a worker, and less than half of its size: no tab can have the connection.
 * @throws `tabs/invalid_option`, `tabs/worker_failed` where there are no Web Locks
 */
export function sharedByWorker<In = unknown, Out = unknown>(options: SharedByWorkerOptions): SharedByTabs<In, Out> {
  return connectionParts(options.name, share(options, jsonMessages<In, Out>()))
}

/** As {@link sharedByWorker}, for `serveSocketTabs()` and programs that have a WebSocket. */
export function socketSharedByWorker(options: SharedByWorkerOptions): SocketSharedByTabs {
  return share(options, FRAMES)
}

/** As {@link sharedByWorker}, for programs that have an `EventSource`. */
export function eventsSharedByWorker(options: SharedByWorkerOptions): EventsSharedByTabs {
  return eventParts(share(options, jsonMessages<SseEvent, never>()))
}

function share<In, Out>(options: SharedByWorkerOptions, codec: MessageCodec<In, Out>): TabParts<In, Out> {
  assertShared(options)
  const surroundings = surroundingsOf(options)
  const { locks } = surroundings
  if (locks === undefined) throw new TabsError('tabs/worker_failed', 'There are no Web Locks in this page.')
  return tabParts({
    ...{ options, surroundings, codec, where: 'in a shared worker' },
    meet: (page) => inWorker(options.worker, { ...surroundings, locks }, page),
  })
}
