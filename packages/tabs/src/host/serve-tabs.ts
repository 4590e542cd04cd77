import type { WebSocketFrame } from '@holdfast/core'
import { FRAMES, jsonMessages, type MessageCodec } from '../codecs.ts'
import { TabsError } from '../errors.ts'
import { aborted, heldAfter, hold, whenFree } from '../locks.ts'
import { namesOf } from '../names.ts'
import { assertOptions, type TabsOptions } from '../options.ts'
import type { PortLike } from '../port.ts'
import { boundsOf, surroundingsOf } from '../surroundings.ts'
import { gatherTabs } from './gather.ts'
import { TabHost } from './tab-host.ts'

/** As much of a worker as is needed. The global of a `SharedWorker` fits. */
export interface WorkerLike {
  onconnect: { handle(event: { readonly ports: readonly PortLike[] }): void }['handle'] | null
}

declare const self: WorkerLike

/**
 * The script of the shared worker: has the connection for the tabs that give the same name to `sharedByTabs()`. Call it at once
 * when the script begins, so that no tab is missed.
 * @throws `tabs/invalid_option`
 */
export function serveTabs<In = unknown, Out = unknown>(options: TabsOptions<In, Out>, worker: WorkerLike = self): void {
  serve(options, jsonMessages<Out, In>(), worker)
}

/** As {@link serveTabs}, for `socketSharedByTabs()`. */
export function serveSocketTabs(options: TabsOptions<WebSocketFrame, WebSocketFrame>, worker: WorkerLike = self): void {
  serve(options, FRAMES, worker)
}

function serve<In, Out>(options: TabsOptions<In, Out>, codec: MessageCodec<Out, In>, worker: WorkerLike): void {
  assertOptions(options)
  const { locks, clock } = surroundingsOf(options)
  if (locks === undefined) throw new TabsError('tabs/worker_failed', 'There are no Web Locks in this worker.')
  const names = namesOf(options.name)
  const newHost = async (): Promise<TabHost<In, Out>> => {
    const id = crypto.randomUUID()
    const alive = new AbortController()
    await hold(locks, names.alive(id), alive.signal)
    const ends = (flushMs?: number): void => {
      void host?.then((old) => old.close(flushMs))
      alive.abort()
      host = undefined
    }
    // A worker that was left because it hung, and runs again, is the host no more.
    locks
      .request(names.workerHost, { steal: true }, () => aborted(alive.signal))
      .catch(() => alive.signal.aborted || ends(0))
    return new TabHost<In, Out>({
      ...{ id, connect: options.connect, codec, bounds: boundsOf(options) },
      gather: (known) => gatherTabs(clock, () => heldAfter(locks, names.tab('')), known, alive.signal),
      gone: (tab) => whenFree(locks, names.tab(tab), alive.signal),
      emptied: ends,
    })
  }
  let host: Promise<TabHost<In, Out>> | undefined
  worker.onconnect = ({ ports }) => {
    host ??= newHost()
    for (const port of ports) void host.then((there) => there.attach(port))
  }
}
