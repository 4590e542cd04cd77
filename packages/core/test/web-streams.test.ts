import { beforeEach, expect, it } from 'vitest'
import { Connection } from '../src/index.ts'
import { webStreams } from '../src/web-streams.ts'
import { connectionWorld } from './support/connection-world.ts'

const world = connectionWorld()

type Message = { readonly [name: string]: unknown }

let connection: Connection<Message>

beforeEach(() => {
  connection = world.keep(
    new Connection<Message>({
      ...world.options,
      outbox: { maxCount: 2 },
    }),
  )
  connection.connect().catch(() => {})
})

it('a readable stream slows the peer without a reader, and continues over a drop to the end of the connection', async () => {
  const { readable } = webStreams(connection, { maxCount: 2 })
  const peer = await world.server.peer()
  for (let n = 0; n < 10; n += 1) {
    peer.sends({ n })
    await world.clock.advance(10)
  }
  await world.clock.advance(1_000)
  expect(connection.metrics.readingPausedMs).toBeGreaterThan(500)
  const got: unknown[] = []
  const reader = readable.getReader()
  const run = async (): Promise<void> => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) got.push(next.value?.['n'])
    got.push('over')
  }
  const over = run()
  await world.clock.advance(100)
  expect(got).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  peer.drops()
  const next = await world.server.peer()
  next.sends({ n: 10 })
  await world.clock.advance(100)
  void connection.close({ flushMs: 0 })
  await world.clock.advance(100)
  await over
  expect(got.slice(10)).toEqual([10, 'over'])
})

it('a stream that is cancelled leaves the connection as it is', async () => {
  const { readable } = webStreams(connection)
  await world.server.peer()
  await readable.cancel()
  await world.clock.advance(100)
  expect(connection.state).toBe('open')
})

it('a writable stream waits while the outbox is full, and its close() waits for the peer', async () => {
  const writer = webStreams(connection).writable.getWriter()
  const written: number[] = []
  for (const n of [1, 2, 3, 4]) void writer.write({ n }).then(() => written.push(n))
  await world.clock.advance(100)
  expect(written).toEqual([1])
  let isClosed = false
  const closed = writer.close().then(() => {
    isClosed = true
  })
  await world.clock.advance(100)
  expect(isClosed).toBe(false)
  const peer = await world.server.peer()
  for (const n of [1, 2, 3, 4]) await peer.receives({ n })
  await world.clock.advance(1_000)
  await closed
  expect(written).toEqual([1, 2, 3, 4])
  expect(connection.state).toBe('open')
})

it('a message that is not delivered fails the stream', async () => {
  const writer = webStreams(connection).writable.getWriter()
  const failed = writer.closed.catch((error: unknown) => error)
  await writer.write({ n: 1 })
  void connection.close({ flushMs: 0 })
  await world.clock.advance(1_000)
  expect(await failed).toMatchObject({ code: 'delivery/not_sent' })
})
