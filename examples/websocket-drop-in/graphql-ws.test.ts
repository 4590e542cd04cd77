import { LinkWebSocket } from '@holdfast/websocket'
import { buildSchema } from 'graphql'
import { createClient } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import { expect, it } from 'vitest'
import { CountedServer } from './counted-server.ts'

const schema = buildSchema('type Query { n: Int! } type Subscription { ticks: Int! }')

it('graphql-ws greets once per link, and its subscription goes on', async () => {
  await using server = new CountedServer('graphql-transport-ws')
  let subscriptions = 0
  async function* ticks() {
    subscriptions += 1
    for (let n = 1; ; n += 1) {
      yield { ticks: n }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const onConnect = () => {
    server.greetings += 1
  }
  useServer({ schema, roots: { subscription: { ticks } }, onConnect }, server.sockets)
  const port = await server.listen()
  const client = createClient({
    url: `ws://127.0.0.1:${port}/`,
    webSocketImpl: LinkWebSocket,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: () => Promise.resolve(),
    shouldRetry: () => true,
  })
  let results = 0
  const reading = (async () => {
    for await (const _ of client.iterate({ query: 'subscription { ticks }' })) results += 1
  })()
  await server.dropTenTimes()
  const before = results
  await expect.poll(() => results).toBeGreaterThan(before)
  expect([server.greetings, server.connections, server.live]).toEqual([11, 11, 1])
  // Some links were dropped before it was begun on them.
  expect(subscriptions).toBeGreaterThan(1)
  await client.dispose()
  await reading
})
