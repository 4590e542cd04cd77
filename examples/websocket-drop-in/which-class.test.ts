import { ReconnectingWebSocket } from '@holdfast/websocket'
import { buildSchema } from 'graphql'
import { createClient } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import { expect, it } from 'vitest'
import { CountedServer } from './counted-server.ts'

it('a socket that stays leaves a live connection behind for each drop, given to a library that makes new ones', async () => {
  await using server = new CountedServer('graphql-transport-ws')
  const made: ReconnectingWebSocket[] = []
  class Kept extends ReconnectingWebSocket {
    constructor(url: string, protocols: string) {
      super(url, protocols, { minReconnectionDelay: 10, maxReconnectionDelay: 10 })
      made.push(this)
    }
  }
  useServer({ schema: buildSchema('type Query { n: Int! }') }, server.sockets)
  const client = createClient({
    url: `ws://127.0.0.1:${await server.listen()}/`,
    webSocketImpl: Kept,
    lazy: false,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: () => Promise.resolve(),
    shouldRetry: () => true,
    onNonLazyError: () => {},
  })
  for (let live = 1; live <= 3; live += 1) {
    await expect.poll(() => server.live).toBeGreaterThanOrEqual(live)
    server.cut()
  }
  await expect.poll(() => server.live).toBeGreaterThanOrEqual(4)
  await client.dispose()
  for (const socket of made) socket.close()
})
