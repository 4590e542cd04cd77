import type { ChannelEnd, WebSocketChannel, WebSocketFrame } from '@holdfast/contract'
import { beforeEach, expect, it } from 'vitest'
import { randomScript } from './faults.ts'
import { seededRandom } from './seeded-random.ts'
import { type SimulatedNetwork, simulatedNetwork } from './simulated-network.ts'
import { VirtualClock } from './virtual-clock.ts'

interface End {
  readonly channel: WebSocketChannel
  readonly frames: WebSocketFrame[]
  readonly ends: ChannelEnd[]
}

let clock: VirtualClock
let network: SimulatedNetwork
let servers: End[]

beforeEach(() => {
  clock = new VirtualClock()
  network = simulatedNetwork({ clock, windowBytes: 100 })
  servers = []
  network.listen((request) => servers.push(listenTo(request.accept())))
})

function listenTo(channel: WebSocketChannel): End {
  const end: End = { channel, frames: [], ends: [] }
  channel.start({ frame: (frame) => end.frames.push(frame), closed: (how) => end.ends.push(how) })
  return end
}

async function dial(ms = 0): Promise<End> {
  const opening = network.transport.open({ url: 'ws://test/' }, { signal: new AbortController().signal })
  opening.catch(() => {})
  await clock.advance(ms)
  return listenTo(await opening)
}

function server(at = 0): End {
  const end = servers[at]
  if (end === undefined) throw new Error(`no server channel ${at}`)
  return end
}

it('the simulated network delays both directions, or one', async () => {
  const client = await dial()
  network.latency(100, 0, 'toClient')
  client.channel.send('up')
  server().channel.send('down')
  await clock.advance(99)
  expect([server().frames, client.frames]).toEqual([['up'], []])
  await clock.advance(1)
  expect(client.frames).toEqual(['down'])
})

it('the simulated network makes a half-open link that neither end notices, and delivers late in order when it heals', async () => {
  const client = await dial()
  network.blackHole('toServer')
  client.channel.send('1')
  server().channel.send('still heard')
  await clock.advance(600_000)
  expect([server().frames, client.frames, client.ends]).toEqual([[], ['still heard'], []])
  client.channel.send('2')
  network.heal()
  await clock.advance(0)
  expect(server().frames).toEqual(['1', '2'])
})

it('the simulated network resets what was held back when healing says so', async () => {
  const client = await dial()
  network.blackHole()
  client.channel.send('1')
  await clock.advance(1000)
  network.heal('reset')
  await clock.advance(0)
  expect([server().frames, server().ends, client.ends]).toMatchObject([[], [{ clean: false }], [{ clean: false }]])
  expect((await dial()).channel.bufferedBytes).toBe(0)
})

it('the simulated network fills the buffer of a sender whose bytes go nowhere', async () => {
  const client = await dial()
  network.blackHole('toServer')
  for (let i = 0; i < 30; i += 1) client.channel.send('0123456789')
  expect(client.channel.bufferedBytes).toBe(200)
})

it('the simulated network lets dials hang in a black hole and through once it heals', async () => {
  network.blackHole()
  const late: WebSocketChannel[] = []
  const opening = network.transport.open({ url: 'ws://test/' }, { signal: new AbortController().signal })
  void opening.then((channel) => late.push(channel))
  await clock.advance(60_000)
  expect([late.length, servers.length]).toEqual([0, 0])
  network.heal()
  await clock.advance(0)
  await clock.settle()
  expect([late.length, servers.length]).toEqual([1, 1])
})

it('the simulated network throttles: bytes take their time and the rest waits at the sender', async () => {
  const client = await dial()
  network.throttle(100)
  for (let i = 0; i < 30; i += 1) client.channel.send('0123456789')
  expect(client.channel.bufferedBytes).toBe(200)
  await clock.advance(1000)
  expect([server().frames.length, client.channel.bufferedBytes]).toEqual([10, 100])
  network.throttle(Number.POSITIVE_INFINITY)
  await clock.advance(0)
  expect([server().frames.length, client.channel.bufferedBytes]).toEqual([30, 0])
})

it('the simulated network reports a reset to both ends, without a code', async () => {
  const client = await dial()
  network.reset()
  await clock.settle()
  expect(client.ends).toEqual([expect.objectContaining({ reason: '', clean: false })])
  expect(server().ends).toEqual([expect.objectContaining({ reason: '', clean: false })])
  expect([network.openChannels, clock.pending]).toEqual([0, 0])
})

it('the simulated network refuses dials with or without a status, lets them hang, and accepts then drops', async () => {
  network.dials({ refuse: { status: 503 } })
  await expect(dial()).rejects.toMatchObject({ details: { status: 503 } })
  network.dials({ refuse: {} })
  await expect(dial()).rejects.toMatchObject({ details: { syscallCode: 'ECONNREFUSED' } })
  network.dials('drop')
  const dropped = await dial()
  await clock.advance(0)
  expect([dropped.ends, server().ends]).toMatchObject([[{ clean: false }], [{ clean: false }]])
  network.dials('hang')
  const controller = new AbortController()
  const hanging = expect(network.transport.open({ url: 'ws://test/' }, { signal: controller.signal })).rejects.toThrow(
    'tired',
  )
  await clock.advance(100_000)
  controller.abort(new Error('tired'))
  await hanging
  expect([network.openChannels, network.links.length, clock.pending]).toEqual([0, 0, 0])
})

it('the simulated network restarts the server: every link dies, and dials are refused until it is back', async () => {
  const clients = [await dial(), await dial()]
  network.restart(5000)
  await clock.advance(0)
  expect(clients.map(({ ends }) => ends.length)).toEqual([1, 1])
  await expect(dial()).rejects.toMatchObject({ details: { syscallCode: 'ECONNREFUSED' } })
  await clock.advance(5000)
  expect((await dial()).ends).toEqual([])
})

it('the simulated network leaves a client half-open when the server dies behind a black hole', async () => {
  const client = await dial()
  network.blackHole()
  network.restart()
  await clock.advance(60_000)
  expect([client.ends, server().ends.length, network.openChannels]).toEqual([[], 1, 1])
})

it('the simulated network breaks one link alone on request', async () => {
  const [first, second] = [await dial(), await dial()]
  for (const link of network.links.slice(0, 1)) network.reset(link)
  await clock.settle()
  expect([first.ends.length, second.ends.length]).toEqual([1, 0])
})

it('the simulated network plays a script at its times and can be cancelled', async () => {
  const client = await dial()
  const happened: string[] = []
  const script = network.play(
    [
      { atMs: 200, fault: { kind: 'heal' } },
      { atMs: 100, fault: { kind: 'black-hole' } },
      { atMs: 300, fault: { kind: 'reset' } },
    ],
    { happened: ({ kind }) => happened.push(`${kind}@${clock.now()}`) },
  )
  await clock.advance(250)
  expect([happened, script.remaining]).toEqual([['black-hole@100', 'heal@200'], 1])
  script.cancel()
  await clock.advance(250)
  expect([client.ends, clock.pending]).toEqual([[], 0])
})

it('the simulated network keeps every link an ordered prefix under random scripts, and is healthy afterwards', async () => {
  for (let seed = 0; seed < 100; seed += 1) {
    const random = seededRandom(seed)
    clock = new VirtualClock({ lateness: () => random.integer(0, 50) })
    network = simulatedNetwork({ clock, random: random.fork('network'), windowBytes: 50 })
    servers = []
    network.listen((request) => servers.push(listenTo(request.accept())))
    const client = await dial(1000)
    network.play(randomScript(random.fork('faults'), { durationMs: 60_000, faults: 6 }))
    const sent: string[] = []
    for (let i = 0; i < 60; i += 1) {
      if (client.ends.length === 0) sent.push(`${i}`)
      client.channel.send(`${i}`)
      await clock.advance(1000)
    }
    await clock.advance(60_000)
    const { frames, ends } = server()
    expect(frames).toEqual(sent.slice(0, frames.length))
    expect(ends.length).toBe(client.ends.length)
    if (client.ends.length === 0) expect(frames).toEqual(sent)
    expect((await dial(1000)).ends).toEqual([])
  }
})

it('the simulated network makes the same script of the same seed', () => {
  const script = (seed: number) => randomScript(seededRandom(seed), { durationMs: 60_000, faults: 5 })
  expect(script(1)).toEqual(script(1))
  expect(script(1)).not.toEqual(script(2))
  expect(script(3).every(({ atMs }) => atMs >= 0 && atMs <= 60_000)).toBe(true)
})
