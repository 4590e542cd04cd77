import { leakGuard, scriptedServer, seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ClientProtocol, CredentialsRefused, jsonText } from '../src/index.ts'
import { type Live, live } from '../src/live.ts'

type Message = { readonly [name: string]: unknown }

let clock: VirtualClock
let network: ReturnType<typeof simulatedNetwork>
let server: ReturnType<typeof scriptedServer>

beforeEach(() => {
  clock = new VirtualClock()
  network = simulatedNetwork({ clock })
  server = scriptedServer({ network, clock })
})

afterEach(async () => {
  await clock.advance(2_000)
  server.close()
  leakGuard({ clock, network }).noLeaks()
})

const start = (
  more: { signal?: AbortSignal; protocol?: ClientProtocol<Message, Message>; maxAttempts?: number } = {},
) =>
  live<Message, Message>('ws://server/', {
    transport: network.transport,
    clock,
    random: seededRandom(1),
    signal: more.signal,
    protocol: more.protocol,
    retry: { maxAttempts: more.maxAttempts ?? 100 },
  })

/** What the loop reads, with `undefined` at its end, or its error. */
function read(stream: Live<Message, Message, object | undefined>, most = 100): unknown[] {
  const got: unknown[] = []
  const run = async (): Promise<void> => {
    for await (const { n } of stream) {
      got.push(n)
      if (got.length === most) break
    }
  }
  run().then(
    () => got.push(undefined),
    (error: unknown) => got.push(error),
  )
  return got
}

it('a loop dials when it is read, goes on over a drop, and closes the connection when it is left', async () => {
  const stream = start()
  await clock.advance(1_000)
  expect(server.waiting).toBe(0)
  const got = read(stream, 3)
  const peer = await server.peer()
  peer.sends({ n: 1 })
  await clock.advance(10)
  peer.drops()
  const next = await server.peer()
  next.sends({ n: 2 }, { n: 3 }, { n: 4 })
  expect(await next.ends()).toMatchObject({ code: 1000 })
  expect(got).toEqual([1, 2, 3, undefined])
  expect(stream.connection.state).toBe('closed')
})

it('a loop ends without an error on abort, and what it has to send goes by its connection', async () => {
  const user = new AbortController()
  const stream = start({ signal: user.signal })
  const got = read(stream)
  void stream.connection.send({ say: 'hello' })
  const peer = await server.peer()
  await peer.receives({ say: 'hello' })
  user.abort()
  await peer.ends()
  await clock.advance(10)
  expect(got).toEqual([undefined])
})

it('a loop throws why it is over, and ends what would wait', async () => {
  const refused = read(start())
  await server.refuses({ status: 404 })
  const protocol: ClientProtocol<Message, Message> = {
    name: 'guarded',
    codec: jsonText<Message, Message>(),
    async handshake(link) {
      if ((await link.next())['ok'] !== true) throw new CredentialsRefused()
      return undefined
    },
  }
  const parked = read(start({ protocol }))
  const good = await server.peer()
  good.sends({ ok: true }, { n: 1 })
  await clock.advance(10)
  good.drops()
  const bad = await server.peer()
  bad.sends({ ok: false })
  const spent = read(start({ maxAttempts: 1 }))
  await server.refuses()
  await server.refuses()
  await clock.advance(1_000)
  expect(refused).toMatchObject([{ code: 'connection/refused' }])
  expect(parked).toMatchObject([1, { code: 'connection/credentials_refused' }])
  expect(spent).toMatchObject([{ code: 'connection/exhausted' }])
})
