import type { SeededRandom } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { seeds } from './src/seeds.ts'
import { SmallWorld } from './src/small-world.ts'

/** Half-opens a link that has been up for some time; says after how many milliseconds that was noticed. */
async function noticedAfter(
  seed: number,
  act: (world: SmallWorld, connection: ReturnType<SmallWorld['connection']>) => void,
) {
  const world = new SmallWorld(seed, { latencyMs: seed % 2 === 0 ? 5 : 150 })
  const connection = world.connection()
  connection.connect()
  await world.clock.advance(1_000 + world.random() * 60_000)
  expect(connection.state).toBe('open')
  act(world, connection)
  const noticed = await world.clock.runUntil(() => world.drops.length > 0, 400_000)
  expect(world.drops[0]).toMatch(/^liveness/)
  await connection.close()
  return noticed
}

const DIRECTIONS = ['toServer', 'toClient', 'both'] as const

describe('a half-open link', () => {
  for (const direction of DIRECTIONS) {
    it(`is noticed within 30 s when idle (${direction})`, async () => {
      for (const seed of seeds(100)) {
        const after = await noticedAfter(seed, (world) => world.network.blackHole(direction))
        expect(after).toBeLessThanOrEqual(30_000)
      }
    })

    it(`is noticed within 13 s under traffic (${direction})`, async () => {
      for (const seed of seeds(100)) {
        const after = await noticedAfter(seed, (world, connection) => {
          world.network.blackHole(direction)
          const talk = () => {
            if (world.drops.length > 0) return
            connection.send({ n: 1 })
            world.clock.after(500, talk)
          }
          talk()
        })
        expect(after).toBeLessThanOrEqual(13_000)
      }
    })

    it(`is noticed within 13 s when only the other side would mask it (${direction})`, async () => {
      for (const seed of seeds(50)) {
        const after = await noticedAfter(seed, (world, connection) => {
          world.network.blackHole(direction)
          const talk = () => {
            if (world.drops.length > 0) return
            world.channels.at(-1)?.send('{"output":1}')
            connection.send({ n: 1 })
            world.clock.after(500, talk)
          }
          talk()
        })
        expect(after).toBeLessThanOrEqual(13_000)
      }
    })

    for (const signal of ['wake', 'visible', 'online', 'offline'] as const) {
      it(`is noticed within 3 s after "${signal}" (${direction})`, async () => {
        for (const seed of seeds(50)) {
          const after = await noticedAfter(seed, (world) => {
            world.network.blackHole(direction)
            world.signals.fire(signal)
          })
          expect(after).toBeLessThanOrEqual(3_000)
        }
      })
    }

    it(`is noticed within 3 s after the first of many signals, whatever they are (${direction})`, async () => {
      for (const seed of seeds(50)) {
        const after = await noticedAfter(seed, (world) => {
          world.network.blackHole(direction)
          const signal = () => {
            if (world.drops.length > 0) return
            world.signals.fire(world.random.pick(['wake', 'visible', 'online', 'offline'] as const))
            world.clock.after(world.random.between(200, 2_900), signal)
          }
          signal()
        })
        expect(after).toBeLessThanOrEqual(3_000)
      }
    })

    it(`is noticed within 3 s after an unannounced sleep (${direction})`, async () => {
      for (const seed of seeds(100)) {
        const asleepMs = 45_000 + seed * 1_000
        const after = await noticedAfter(seed, (world) => {
          world.network.blackHole(direction)
          world.sleep(asleepMs, true)
        })
        expect(after - asleepMs).toBeLessThanOrEqual(3_000)
      }
    })
  }
})

type Disturb = (world: SmallWorld, random: SeededRandom) => void

const DISTURBANCES: Readonly<Record<string, Disturb>> = {
  'every timer late': (world, random) => {
    const most = random.pick([100, 1_000, 3_000, 10_000, 90_000])
    world.engine.lateness = () => random.between(0, most)
  },
  'some timers very late': (world, random) => {
    world.engine.lateness = () => (random.chance(0.2) ? random.between(0, 120_000) : 0)
  },
  'the machine asleep': (world, random) => world.sleep(random.integer(1, 200_000), true),
  'the machine asleep, uncounted': (world, random) => world.sleep(random.integer(1, 200_000), false),
  'the wall clock set': (world, random) => world.engine.jump({ epochMs: random.integer(-86_400_000, 86_400_000) }),
  'the monotonic clock ahead': (world, random) => world.engine.jump({ monotonicMs: random.integer(0, 600_000) }),
  'a page hidden and shown': (world, random) => world.signals.fire(random.pick(['hidden', 'visible'] as const)),
  'signals of all kinds': (world, random) =>
    world.signals.fire(random.pick(['online', 'offline', 'wake', 'visible'] as const)),
}

describe('a live link', () => {
  const KINDS = Object.values(DISTURBANCES)

  /** Ten minutes with disturbances every few seconds, alone or mixed. */
  async function disturbed(seed: number, kinds: readonly Disturb[]): Promise<readonly string[]> {
    const world = new SmallWorld(seed, { latencyMs: seed % 3 === 0 ? 700 : 20 })
    const connection = world.connection()
    connection.connect()
    await world.clock.advance(5_000)
    const random = world.random.fork('disturbances')
    for (let count = 0; count < 12; count += 1) {
      random.pick(kinds)(world, random)
      if (random.chance(0.5)) connection.send({ n: count })
      await world.clock.advance(random.integer(0, 50_000))
    }
    await world.clock.advance(60_000)
    const drops = [...world.drops]
    await connection.close({ flushMs: 0 })
    return drops.map((drop) => `seed ${seed}: ${drop}`)
  }

  for (const [name, kind] of Object.entries(DISTURBANCES)) {
    it(`is never given up: ${name}`, async () => {
      for (const seed of seeds(250)) expect(await disturbed(seed, [kind])).toEqual([])
    })
  }

  it('is never given up whatever comes together', async () => {
    for (const seed of seeds(2_000)) expect(await disturbed(seed, KINDS)).toEqual([])
  }, 120_000)
})
