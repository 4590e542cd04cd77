import type { WebSocketFrame } from '@holdfast/core/contract'
import { seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { ReconnectingWebSocket, resumableFrames } from '../src/index.ts'
import { type ResumableSession, type ResumableSocketsOptions, resumableSockets } from '../src/server/index.ts'
import { socketOf } from './server-socket.ts'

type OnMessage = (data: WebSocketFrame, session: ResumableSession) => unknown

function world(
  onMessage: OnMessage,
  options: ResumableSocketsOptions = {},
  { pauses = true, seed = 1, onClose = (): unknown => undefined } = {},
) {
  const clock = new VirtualClock()
  const random = seededRandom(seed)
  const network = simulatedNetwork({ clock, random })
  const ends: string[] = []
  const paused: boolean[] = []
  const sessions: ResumableSession[] = []
  const newServer = () =>
    resumableSockets(
      (session) => {
        sessions.push(session)
        return {
          onMessage: (data) => onMessage(data, session),
          onClose: (reason) => {
            ends.push(reason)
            return onClose()
          },
        }
      },
      { clock, ...options },
    )
  let server = newServer()
  network.listen((request) => {
    const { pause, resume, ...socket } = socketOf(request.accept(), (isPaused) => paused.push(isPaused))
    server.accept(pauses ? { ...socket, pause, resume } : socket)
  })
  const client = () => {
    const undelivered: string[] = []
    const closes: string[] = []
    const socket = new ReconnectingWebSocket('ws://server.example/', [], {
      ...{ transport: network.transport, clock, random, wire: resumableFrames({ clock }) },
    })
    socket.onundelivered = ({ data, state }) => void undelivered.push(`${state} ${data}`)
    socket.onclose = ({ code, reason }) => void closes.push(`${code} ${reason}`)
    return { socket, undelivered, closes }
  }
  const restart = (): void => {
    server = newServer()
    network.reset()
  }
  return { clock, random, network, ends, paused, sessions, client, restart }
}

const upTo = (n: number) => Array.from({ length: n }, (_, index) => `${index + 1}`)

it('async handlers of a session run one after the other, in order, and a message counts as received when its own is done', async () => {
  const log: string[] = []
  const { clock, client } = world(async (data) => {
    log.push(`begins ${data}`)
    await new Promise<void>((done) => clock.after(data === '1' ? 500 : 10, done))
    log.push(`ends ${data}`)
  })
  const { socket } = client()
  for (const text of upTo(3)) void socket.deliver(text).then(() => log.push(`delivered ${text}`))
  await clock.advance(400)
  expect(log).toEqual(['begins 1'])
  await clock.advance(1_000)
  expect(log.slice(0, 6)).toEqual(upTo(3).flatMap((n) => [`begins ${n}`, `ends ${n}`]))
  expect(log.slice(6)).toEqual(upTo(3).map((n) => `delivered ${n}`))
  socket.close()
})

it.each([
  ['throws', (): unknown => Object.assign([]).missing.member],
  ['rejects', async (): Promise<never> => Promise.reject(new TypeError('it failed'))],
])('where a handler %s onError gets it, and the session continues with the next message', async (_how, fails) => {
  const got: WebSocketFrame[] = []
  const errors: string[] = []
  const { clock, client, ends, sessions } = world((data) => (data === '2' ? fails() : got.push(data)), {
    onError: (error, session) => errors.push(`${error instanceof TypeError} ${session === sessions[0]}`),
  })
  const { socket, undelivered } = client()
  for (const text of upTo(4)) socket.send(text)
  await clock.advance(2_000)
  expect([got, errors, ends, undelivered]).toEqual([['1', '3', '4'], ['true true'], [], []])
  socket.close()
})

it.each([
  ['there is no onError', undefined],
  [
    'onError throws, too',
    (): void => {
      throw new Error('again')
    },
  ],
])(
  'where a handler fails and %s its session ends with 1011, and the client goes on in a new one',
  async (_what, onError) => {
    const got: WebSocketFrame[] = []
    const { clock, client, ends, sessions } = world(
      async (data) => {
        if (data === '2') throw new Error('it failed')
        got.push(data)
      },
      { onError },
    )
    const { socket, undelivered, closes } = client()
    for (const text of upTo(2)) socket.send(text)
    await clock.advance(2_000)
    expect([ends, sessions.length, closes, undelivered]).toEqual([
      ['failed'],
      2,
      ['1011 Session failed'],
      ['inDoubt 2'],
    ])
    socket.send('3')
    await clock.advance(1_000)
    expect(got).toEqual(['1', '3'])
    socket.close()
  },
)

it('what onSession or onClose throw goes to onError, and a client without a session is disconnected with 1011', async () => {
  const errors: string[] = []
  const clock = new VirtualClock()
  const network = simulatedNetwork({ clock, random: seededRandom(1) })
  let count = 0
  const server = resumableSockets(
    () => {
      count += 1
      if (count === 1) throw new Error('no session')
      return { onMessage: () => {}, onClose: async () => Promise.reject(new Error('no end')) }
    },
    { clock, onError: (error) => void errors.push(String(error)) },
  )
  network.listen((request) => server.accept(socketOf(request.accept())))
  const closes: number[] = []
  const socket = new ReconnectingWebSocket('ws://server.example/', [], {
    ...{ transport: network.transport, clock, random: seededRandom(1), wire: resumableFrames({ clock }) },
  })
  socket.onclose = ({ code }) => void closes.push(code)
  await clock.advance(5_000)
  server.close()
  await clock.advance(10)
  expect([closes[0], errors]).toEqual([1011, ['Error: no session', 'Error: no end']])
  socket.close()
})

it('a handler that is slow holds its client back within the bound, and every message is handled once', async () => {
  const got: WebSocketFrame[] = []
  const { clock, client, paused } = world(
    async (data) => {
      await new Promise<void>((done) => clock.after(50, done))
      got.push(data)
    },
    { maxBytes: 10_000 },
  )
  const { socket } = client()
  let confirmed = 0
  for (const text of upTo(100)) void socket.deliver(text.padEnd(1_000, '.')).then(() => (confirmed += 1))
  await clock.advance(1_000)
  // What waits for the handler is not read: 8 of 1,256 bytes.
  expect([paused[0], got.length < 30, confirmed <= got.length]).toEqual([true, true, true])
  await clock.advance(30_000)
  expect(got.map((data) => String(data).replace(/\.+$/, ''))).toEqual(upTo(100))
  expect([paused.includes(false), confirmed]).toEqual([true, 100])
  socket.close()
})

it('where a socket cannot be paused the link is closed at the bound, and every message is handled once all the same', async () => {
  const got: WebSocketFrame[] = []
  const { clock, client } = world(
    async (data) => {
      await new Promise<void>((done) => clock.after(50, done))
      got.push(data)
    },
    { maxBytes: 10_000 },
    { pauses: false },
  )
  const { socket, closes } = client()
  for (const text of upTo(40)) socket.send(text.padEnd(1_000, '.'))
  await clock.advance(120_000)
  expect(closes[0]).toBe('1013 Messages come too fast')
  expect(got.map((data) => String(data).replace(/\.+$/, ''))).toEqual(upTo(40))
  socket.close()
})

it('what a server had not handled when it ended is in doubt at the client, and not handled by the next one', async () => {
  const begun: WebSocketFrame[] = []
  const { clock, client, restart } = world((data) => {
    begun.push(data)
    return data === '2' ? new Promise(() => {}) : undefined
  })
  const { socket, undelivered } = client()
  for (const text of upTo(4)) socket.send(text)
  await clock.advance(1_000)
  restart()
  await clock.advance(2_000)
  expect([begun, undelivered]).toEqual([
    ['1', '2'],
    ['inDoubt 2', 'inDoubt 3', 'inDoubt 4'],
  ])
  socket.send('5')
  await clock.advance(1_000)
  expect(begun).toEqual(['1', '2', '5'])
  socket.close()
})

it.each(upTo(40).map(Number))(
  'handler world %i: handlers take their time while links are cut; each message is handled once, in order',
  async (seed) => {
    const handled: WebSocketFrame[] = []
    const { clock, client, network, random, sessions } = world(
      async (data) => {
        await new Promise<void>((done) => clock.after(random() * 200, done))
        handled.push(data)
      },
      { maxBytes: 3_000 },
      { seed },
    )
    const { socket, undelivered } = client()
    network.latency(1 + random() * 40, random() * 20)
    const sent: string[] = []
    for (let round = 0; round < 100; round += 1) {
      await clock.advance(random() * 150)
      sent.push(`c${round}`)
      socket.send(`c${round}`)
      const dice = random()
      if (dice < 0.1) network.reset()
      else if (dice < 0.14) network.blackHole(random() < 0.5 ? 'toServer' : 'toClient')
      else if (dice < 0.22) network.heal('reset')
    }
    network.heal('reset')
    await clock.advance(60_000)
    expect([handled, undelivered, sessions.length]).toEqual([sent, [], 1])
    socket.close()
  },
)
