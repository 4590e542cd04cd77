import { describe, expect, it } from 'vitest'
import { seeds } from './src/seeds.ts'
import { SmallWorld } from './src/small-world.ts'

/** Of fewer, the median is tens of milliseconds to this or that side by chance. */
const SEEDS = seeds(500, 200)

/** How long after the return of a server that was away each of them is open again. In milliseconds. */
async function back(awayMs: number, preset: 'eager' | 'fleet'): Promise<readonly number[]> {
  const all: number[] = []
  for (const seed of SEEDS) {
    const world = new SmallWorld(seed)
    const connection = world.connection({ retry: { preset } })
    connection.connect()
    await world.clock.advance(20_000)
    world.network.dials({ refuse: {} })
    world.network.reset()
    await world.clock.advance(awayMs)
    world.network.dials('none')
    const healed = world.clock.now()
    await world.clock.runUntil(() => connection.state === 'open', 300_000)
    all.push(world.clock.now() - healed)
    const perMinute = world.dials.map((from) => world.dials.filter((at) => at >= from && at < from + 60_000).length)
    expect(Math.max(...perMinute)).toBeLessThanOrEqual(preset === 'eager' ? 40 : 12)
    await connection.close()
  }
  return all.sort((a, b) => a - b)
}

describe('a server that was away and is back', () => {
  it.each([
    [0, 150, 250],
    // 0.62 s of twenty thousand draws, and the dial.
    [4_000, 675, 2_000],
    [20_000, 800, 2_000],
    // 1.9 s of twenty thousand draws.
    [150_000, 2_100, 5_000],
  ])(
    'finds an eager client after %i ms again within %i ms in the median, %i ms at the worst',
    async (awayMs, p50, most) => {
      const all = await back(awayMs, 'eager')
      process.stdout.write(
        `away ${awayMs} ms: p50 ${Math.round(all[SEEDS.length / 2] ?? 0)} ms, worst ${Math.round(all.at(-1) ?? 0)} ms\n`,
      )
      expect(all[SEEDS.length / 2]).toBeLessThanOrEqual(p50)
      expect(all.at(-1)).toBeLessThanOrEqual(most)
    },
  )

  it('finds every client of a fleet within half a minute', async () => {
    const all = await back(20_000, 'fleet')
    expect(all.at(-1)).toBeLessThanOrEqual(30_000)
  })
})

it('many short outages in a row are each over soon', async () => {
  const dark: number[] = []
  for (const seed of SEEDS.slice(0, 50)) {
    const world = new SmallWorld(seed)
    const connection = world.connection()
    connection.connect()
    await world.clock.advance(1_000)
    for (let cut = 0; cut < 3; cut += 1) {
      await world.clock.advance(4_000)
      world.network.reset()
      await world.clock.runUntil(() => connection.state === 'open', 60_000)
    }
    await world.clock.advance(4_000)
    world.network.dials({ refuse: {} })
    world.network.reset()
    await world.clock.advance(4_000)
    world.network.dials('none')
    const healed = world.clock.now()
    await world.clock.runUntil(() => connection.state === 'open', 60_000)
    dark.push(world.clock.now() - healed)
    await connection.close()
  }
  dark.sort((a, b) => a - b)
  expect(dark[25]).toBeLessThanOrEqual(1_200)
  expect(dark.at(-1)).toBeLessThanOrEqual(2_500)
})
