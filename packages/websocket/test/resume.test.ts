import type { WebSocketFrame } from '@holdfast/core/contract'
import { seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { ReconnectingWebSocket, resumableFrames } from '../src/index.ts'
import { type ResumableSocketsOptions, resumableSockets } from '../src/server/index.ts'
import { socketOf } from './server-socket.ts'

function world(options: ResumableSocketsOptions = {}, seed = 1) {
  const clock = new VirtualClock()
  const random = seededRandom(seed)
  const network = simulatedNetwork({ clock, random })
  const got: WebSocketFrame[] = []
  const ends: string[] = []
  const newServer = () =>
    resumableSockets(
      (session) => {
        sessions.push(session)
        return { onMessage: (data) => void got.push(data), onClose: (reason) => void ends.push(reason) }
      },
      { clock, ...options },
    )
  const sessions: Parameters<Parameters<typeof resumableSockets>[0]>[0][] = []
  const servers = [newServer()]
  network.listen((request) => servers.at(-1)?.accept(socketOf(request.accept()), { owner: owner.name }))
  const owner = { name: '' }
  const client = () => {
    const received: WebSocketFrame[] = []
    const undelivered: string[] = []
    const gaps: string[] = []
    const socket = new ReconnectingWebSocket('ws://server.example/', [], {
      ...{ transport: network.transport, clock, random, wire: resumableFrames({ clock }) },
    })
    socket.binaryType = 'arraybuffer'
    socket.onmessage = ({ data }) =>
      void received.push(typeof data === 'string' ? data : `bytes ${new Uint8Array(data as ArrayBuffer).join()}`)
    socket.onundelivered = ({ data, state }) => void undelivered.push(`${state} ${data}`)
    socket.connection.on('gap', ({ reason }) => void gaps.push(reason))
    return { socket, received, undelivered, gaps }
  }
  return { clock, random, network, got, ends, sessions, servers, newServer, owner, client }
}

const upTo = (n: number) => Array.from({ length: n }, (_, index) => `${index + 1}`)

it('texts and bytes of resumable sockets arrive both ways, as they were sent', async () => {
  const { clock, client, got, sessions } = world()
  const { socket, received } = client()
  socket.send('')
  socket.send('1:2')
  socket.send(new Uint8Array([1, 2, 3]))
  await clock.advance(1_000)
  expect(got).toEqual(['', '1:2', new Uint8Array([1, 2, 3])])
  expect(sessions[0]?.send('hello')).toBe(true)
  sessions[0]?.send(new Uint8Array([0, 255]))
  await clock.advance(1_000)
  expect(received).toEqual(['hello', 'bytes 0,255'])
  expect(socket.bufferedAmount).toBe(0)
  socket.close()
})

it('a client whose server was restarted gets a gap, and an undelivered event for what is in doubt', async () => {
  const { clock, client, got, servers, newServer, network, sessions } = world()
  const { socket, undelivered, gaps, received } = client()
  socket.send('before')
  await clock.advance(1_000)
  network.blackHole('toServer')
  socket.send('in doubt')
  await clock.advance(10)
  servers.push(newServer())
  network.heal('reset')
  await clock.advance(5_000)
  socket.send('after')
  await clock.advance(1_000)
  expect(got).toEqual(['before', 'after'])
  expect([undelivered, gaps]).toEqual([['inDoubt in doubt'], ['session lost']])
  sessions.at(-1)?.send('from the new session')
  await clock.advance(1_000)
  expect(received).toEqual(['from the new session'])
  socket.close()
})

it('a resumable session ends when its client is away for too long, or has too much to receive', async () => {
  const { clock, client, ends, sessions, network } = world({ retainMs: 60_000, maxBytes: 10_000 })
  const first = client()
  await clock.advance(1_000)
  first.socket.close()
  await clock.advance(59_000)
  expect(ends).toEqual([])
  await clock.advance(2_000)
  expect(ends).toEqual(['expired'])
  const second = client()
  await clock.advance(1_000)
  network.dials({ refuse: {} })
  network.reset()
  const sent = upTo(100).map((text) => sessions.at(-1)?.send(text.padEnd(1_000, '.')))
  expect(sent.filter(Boolean).length).toBeLessThan(10)
  expect(ends).toEqual(['expired', 'overflow'])
  second.socket.close()
})

it('a resumable session is resumed by its owner alone, and beyond the bound the one that is away longest ends', async () => {
  const { clock, client, sessions, owner, network, ends } = world({ maxCount: 2 })
  owner.name = 'ann'
  const first = client()
  await clock.advance(1_000)
  owner.name = 'bob'
  network.reset()
  await clock.advance(5_000)
  expect(sessions.map((session) => session.owner)).toEqual(['ann', 'bob'])
  expect(first.gaps).toEqual(['session lost'])
  client()
  await clock.advance(1_000)
  expect([sessions.length, ends]).toEqual([3, ['replaced']])
})

it.each([
  ['retainMs', Number.NaN],
  ['maxBytes', -1],
  ['maxCount', Number.NaN],
])('resumable sockets refuse a bound that bounds nothing: %s %d', (option, value) => {
  const make = (): unknown => resumableSockets(() => ({ onMessage: () => {} }), { [option]: value })
  expect(make).toThrow(expect.objectContaining({ code: 'connection/invalid_option', details: { option } }))
})

it('a client without resumable frames is closed with what was expected', async () => {
  const { clock, network } = world()
  const closes: string[] = []
  const plain = new ReconnectingWebSocket('ws://server.example/', [], {
    ...{ transport: network.transport, clock, maxRetries: 0 },
  })
  plain.onclose = ({ code, reason }) => void closes.push(`${code} ${reason}`)
  plain.send('hello')
  await clock.advance(20_000)
  expect(closes[0]).toBe('1002 Expected a client with resumableFrames()')
  plain.close()
})

it.each(upTo(60).map(Number))(
  'in world %i, where links are cut, stalled and refused, each message of a resumable socket arrives once, in order',
  async (seed) => {
    const { clock, client, got, sessions, network, random } = world({}, seed)
    const { socket, received, undelivered, gaps } = client()
    network.latency(1 + random() * 40, random() * 20)
    const sent: string[] = []
    const sentByServer: string[] = []
    for (let round = 0; round < 120; round += 1) {
      await clock.advance(random() * 200)
      if (random() < 0.7) {
        sent.push(`c${round}`)
        socket.send(`c${round}`)
      }
      if (random() < 0.7 && sessions[0]?.send(`s${round}`) === true) sentByServer.push(`s${round}`)
      const dice = random()
      if (dice < 0.08) network.reset()
      else if (dice < 0.12) network.blackHole(random() < 0.5 ? 'toServer' : 'toClient')
      else if (dice < 0.2) network.heal('reset')
      else if (dice < 0.23) network.restart(random() * 2_000)
    }
    network.heal('reset')
    await clock.advance(60_000)
    expect([got, received]).toEqual([sent, sentByServer])
    expect([undelivered, gaps, sessions.length]).toEqual([[], [], 1])
    socket.close()
  },
)
