import { beforeEach, expect, it } from 'vitest'
import {
  type ClientProtocol,
  Connection,
  type ConnectionEvents,
  CredentialsRefused,
  jsonText,
  type WebSocketFrame,
} from '../src/index.ts'
import { defaultRetryPolicy, type HandshakeConnection } from '../src/protocol.ts'
import { connectionWorld } from './support/connection-world.ts'

const world = connectionWorld()

type Message = { readonly [name: string]: unknown }
interface Ready {
  readonly resumed: boolean
  readonly welcome: unknown
}

const protocol: ClientProtocol<Message, Message, WebSocketFrame, WebSocketFrame, Ready> = {
  name: 'greeting',
  codec: jsonText<Message, Message>(),
  async handshake(link) {
    const { refused, welcome, resumed } = await link.next()
    if (refused === true) throw new CredentialsRefused()
    return { resumed: resumed === true, welcome }
  },
  retryPolicy: (cause, context) =>
    cause.kind === 'handshake' && !context.refreshed ? { act: 'refresh' } : defaultRetryPolicy(cause, context),
}

let connection: HandshakeConnection<Message, Message, Ready>
let told: unknown[]

beforeEach(() => {
  told = []
  connection = world.keep(
    new Connection({
      ...world.options,
      protocol,
    }),
  )
})

it('"open" comes behind the status, when what waited is written, with what the handshake returned', async () => {
  connection.on('status', ({ status }) => {
    if (status.state === 'open') told.push('status')
  })
  connection.on('open', ({ ready, resumed, first }) => {
    told.push(ready?.welcome, resumed, first, connection.metrics.queued)
    connection.send({ n: 'told' }, { delivery: 'volatile' })
  })
  connection.connect()
  connection.send({ n: 'queued' })
  const peer = await world.server.peer()
  peer.sends({ welcome: 'hello' })
  await peer.receives({ n: 'queued' })
  await peer.receives({ n: 'told' })
  peer.drops()
  const next = await world.server.peer()
  next.sends({ welcome: 'again', resumed: true })
  await next.receives({ n: 'told' })
  expect(told).toEqual(['status', 'hello', false, true, 0, 'status', 'again', true, false, 0])
})

it('a status callback that closes keeps "open" from being reported', async () => {
  connection.on('status', ({ status }) => {
    if (status.state === 'open') void connection.close({ flushMs: 0 })
  })
  connection.on('open', () => told.push('open'))
  connection.connect().catch(() => {})
  const peer = await world.server.peer()
  peer.sends({ welcome: 'hello' })
  await world.clock.advance(5_000)
  expect(connection.state).toBe('closed')
  expect(told).toEqual(['open'])
})

it('"attemptFailed" reports cause, number and the time of the next dial, and not the drop of an open connection', async () => {
  const failed: ConnectionEvents['attemptFailed'][] = []
  connection.on('attemptFailed', (event) => failed.push(event))
  connection.connect().catch(() => {})
  const first = await world.server.peer()
  first.drops()
  await world.clock.advance(1)
  expect(failed).toMatchObject([{ attempt: 1, cause: { kind: 'close', phase: 'handshake' } }])
  const { status } = connection
  expect(failed[0]?.retryAt).toBe(status.state === 'waiting' ? status.until : Number.NaN)
  const second = await world.server.peer()
  second.sends({ welcome: 'hello' })
  await world.clock.advance(100)
  second.drops()
  await world.clock.advance(10)
  expect(failed).toHaveLength(1)
})

it('"attemptFailed" names no time where the next dial is at once, nor where there is none', async () => {
  const failed: ConnectionEvents['attemptFailed'][] = []
  connection.on('attemptFailed', (event) => failed.push(event))
  connection.connect().catch(() => {})
  const first = await world.server.peer()
  first.sends({ refused: true })
  const second = await world.server.peer()
  second.sends({ refused: true })
  await world.clock.advance(100)
  expect(connection.state).toBe('authRequired')
  expect(failed.map(({ attempt, retryAt }) => [attempt, retryAt])).toEqual([
    [1, undefined],
    [2, undefined],
  ])
})
