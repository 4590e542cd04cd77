import type { PortLike, WorkerLike } from '../../src/index.ts'
import type { Page } from './origin.ts'

/** Two ends of a port between a page and a worker. */
function portBetween(near: Page, far: Page): readonly [PortLike, PortLike] {
  const end = (page: Page, other: () => PortLike): PortLike => ({
    onmessage: null,
    postMessage: (data) => page.inOrder(1, () => other().onmessage?.({ data })),
    close: () => {},
  })
  const first: PortLike = end(far, () => second)
  const second: PortLike = end(near, () => first)
  return [first, second]
}

/** What a page gets that asks for this worker, which runs at a place like a page. */
export function sharedWorkerOf(worker: WorkerLike, place: Page, page: Page): SharedWorker {
  const [near, far] = portBetween(page, place)
  place.runs(1, () => worker.onconnect?.({ ports: [far] }))
  const made: unknown = { port: near, onerror: null }
  return made as SharedWorker
}
