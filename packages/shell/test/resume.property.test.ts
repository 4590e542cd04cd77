import { createHash } from 'node:crypto'
import { seededRandom } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { ModelServer } from './model-server.ts'
import { World } from './support.ts'

const SIZE = 200_000
const WINDOW = 60_000

const sha = (bytes: Iterable<number> | Uint8Array): string =>
  createHash('sha256').update(Uint8Array.from(bytes)).digest('hex')

const noise = (seed: string): Uint8Array => {
  const random = seededRandom(seed)
  return Uint8Array.from({ length: SIZE }, () => random.integer(0, 255))
}

it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
  "a shell's stdin and stdout are equal at both ends after drops anywhere (seed %i)",
  async (seed) => {
    const random = seededRandom(seed)
    const world = new World()
    world.network.latency(3, 4)
    world.network.throttle(2_000_000)
    const output = noise(`out ${seed}`)
    const input = noise(`in ${seed}`)
    const model = new ModelServer(world, { random: random.fork('server'), output, ring: 80_000, window: WINDOW })
    const session = world.session({
      retry: { baseMs: 5, firstMs: 5, capMs: 20, limits: [], flapLimits: [] },
      queue: { maxBytes: 8_192 },
    })
    await world.passing(session.connect())

    const got: number[] = []
    let gaps = 0
    const reading = (async () => {
      for await (const frame of session) {
        if (frame.channel === 'stdout') got.push(...frame.payload)
        if (frame.channel === 'gap') gaps += 1
      }
    })()
    const typing = (async () => {
      for (let at = 0; at < input.length; ) {
        const end = Math.min(input.length, at + random.integer(1, 30_000))
        await session.send(input.subarray(at, end))
        at = end
      }
      await session.flush()
    })()
    let drops = 0
    const drop = (): void => {
      const kind = random.integer(0, 3)
      drops += 1
      if (kind === 0) world.network.reset()
      else if (kind === 1) world.network.restart(random.integer(0, 30))
      else {
        world.network.blackHole(random.pick(['toServer', 'toClient', 'both']))
        world.clock.after(random.between(1, 60), () => world.network.heal(kind === 2 ? 'reset' : 'late'))
      }
    }
    for (let round = 0; round < 40; round += 1) {
      await world.clock.advance(random.between(0, 120))
      drop()
    }
    await world.until(() => got.length === SIZE && session.unacknowledgedBytes === 0, 600_000)
    await world.passing(typing)
    model.exit(7)
    expect(await world.passing(session.result)).toMatchObject({ kind: 'exited', code: 7 })
    await world.passing(reading)
    expect(sha(got)).toBe(sha(output))
    expect(sha(model.stdin)).toBe(sha(input))
    expect(gaps).toBe(0)
    expect(drops).toBe(40)
    expect(model.attaches).toBeGreaterThan(10)
    expect(model.mostUnconsumed).toBeLessThan(WINDOW + 20_000)
    model.close()
    await world.end()
  },
)
