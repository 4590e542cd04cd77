import { createServer, type Server } from 'node:http'
import { createHub, type Hub, type HubOptions, memoryLog, type SessionLog } from '@holdfast/server'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

/** Everything that a published client reported, in order. */
export class Record<T> {
  readonly items: T[] = []
  #wake: () => void = () => {}
  #read = 0

  add = (item: T): void => {
    this.items.push(item)
    this.#wake()
  }

  /** The next one that fits, after the one that was asked for last. */
  async next(fits: (item: T) => boolean = () => true): Promise<T> {
    for (;;) {
      while (this.#read < this.items.length) {
        const item = this.items[this.#read++]
        if (item !== undefined && fits(item)) return item
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

/** A hub on a port of its own; closed when the test ends. */
export async function startHub(
  options: Partial<HubOptions> = {},
): Promise<{ readonly hub: Hub; readonly log: SessionLog; readonly url: string; readonly server: Server }> {
  // The published client takes the global WebSocket, which Node 20 does not have.
  const before = Reflect.get(globalThis, 'WebSocket')
  Reflect.set(globalThis, 'WebSocket', WebSocket)
  const log = memoryLog()
  const hub = createHub({ log, ...options })
  const server = createServer((_request, response) => response.writeHead(404).end())
  hub.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    await hub.close()
    server.closeAllConnections()
    server.close()
    await log.close()
    Reflect.set(globalThis, 'WebSocket', before)
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { hub, log, server, url: `http://127.0.0.1:${port}` }
}
