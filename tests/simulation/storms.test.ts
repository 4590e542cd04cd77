import { Connection } from '@holdfast/core'
import { seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { seeds } from './src/seeds.ts'
import { type Serving, SmallWorld } from './src/small-world.ts'

const SEEDS = seeds(100)

/** The server accepts and drops: at once, after a moment, politely or not. */
const DROPPERS: Readonly<Record<string, Serving>> = {
  'in the same moment': (channel) => channel.terminate(),
  'after 50 ms': (channel, clock) => void clock.after(50, () => channel.terminate()),
  'with close code 1000': (channel) => channel.close(1000),
  'after its first message': (channel) => {
    channel.send('{"hello":1}')
    channel.terminate()
  },
}

describe('a server that accepts and drops, for a minute', () => {
  for (const [how, serve] of Object.entries(DROPPERS)) {
    it(`is dialed at most 12 times when it drops ${how}`, async () => {
      const dials: number[] = []
      for (const seed of SEEDS) {
        const world = new SmallWorld(seed, { serve })
        const connection = world.connection()
        connection.connect()
        await world.clock.advance(60_000)
        dials.push(world.dials.filter((at) => at < 60_000).length)
        await connection.close()
      }
      expect(Math.max(...dials)).toBeLessThanOrEqual(12)
      // It is tried all the same.
      expect(Math.min(...dials)).toBeGreaterThanOrEqual(3)
    })
  }

  it('is left alone by the backoff even without a dial budget', async () => {
    const dials: number[] = []
    for (const seed of SEEDS) {
      const world = new SmallWorld(seed, { serve: (channel) => channel.terminate() })
      const connection = world.connection({ retry: { preset: 'fleet', limits: [] } })
      connection.connect()
      await world.clock.advance(60_000)
      dials.push(world.dials.length)
      await connection.close()
    }
    expect(dials.reduce((sum, count) => sum + count, 0) / dials.length).toBeLessThan(12)
  })

  it('is never dialed more often than the budget allows, for any cause', async () => {
    for (const seed of SEEDS) {
      const world = new SmallWorld(seed, { serve: (channel) => channel.terminate() })
      const connection = world.connection({ retry: { preset: 'fleet' } })
      connection.connect()
      for (let at = 0; at < 600; at += 1) {
        await world.clock.advance(100)
        world.random.pick([
          () => connection.reconnect(),
          () => connection.retryNow(),
          () => connection.connect(),
          () => world.signals.fire('online'),
          () => world.signals.fire('wake'),
        ])()
      }
      expect(world.dials.filter((at) => at < 60_000).length).toBeLessThanOrEqual(12)
      await connection.close()
    }
  })
})

describe('a thousand clients that lose one server at once', () => {
  const CLIENTS = 1_000

  it.each(['reset', 'restart', 'goaway', 'close 1012'] as const)('come back spread out after a %s', async (how) => {
    const clock = new VirtualClock()
    const random = seededRandom(how)
    const network = simulatedNetwork({ clock, random: random.fork('network') })
    const ends: { close(code: number): void }[] = []
    const dials: number[] = []
    network.listen((request) => {
      dials.push(clock.now())
      const channel = request.accept()
      channel.start({ frame: () => {}, closed: () => {} })
      ends.push(channel)
    })
    const connections = Array.from({ length: CLIENTS }, (_, at) => {
      // A server that leaves spreads its clients whatever they are; one that is gone does so only to a fleet.
      const preset = how === 'reset' || how === 'restart' ? 'fleet' : 'eager'
      const common = { transport: network.transport, target: 'ws://server/', retry: { preset } } as const
      const client = { ...common, clock, random: random.fork(`${at}`) }
      return new Connection(client)
    })
    for (const connection of connections) connection.connect()
    await clock.advance(30_000)
    expect(dials).toHaveLength(CLIENTS)
    dials.length = 0

    if (how === 'reset') network.reset()
    else if (how === 'restart') network.restart(0)
    else for (const end of ends.splice(0)) end.close(how === 'goaway' ? 1001 : 1012)
    await clock.advance(30_000)

    expect(dials).toHaveLength(CLIENTS)
    expect(mostWithin(dials, 100)).toBeLessThanOrEqual(CLIENTS * 0.12)
    await Promise.all(connections.map((connection) => connection.close()))
  })
})

/** The most of them in any window of this length. */
function mostWithin(times: readonly number[], windowMs: number): number {
  const sorted = [...times].sort((a, b) => a - b)
  let most = 0
  let first = 0
  for (const [at, time] of sorted.entries()) {
    while (time - (sorted[first] ?? time) >= windowMs) first += 1
    most = Math.max(most, at - first + 1)
  }
  return most
}
