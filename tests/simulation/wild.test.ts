import { beforeAll, expect, it } from 'vitest'
import { loadSimulation, type Simulation } from './src/load-simulation.ts'
import { isLong } from './src/seeds.ts'
import { SCENARIOS } from './src/wild.ts'

const WORLDS = isLong ? 40 : 10

let simulation: Simulation
beforeAll(async () => {
  simulation = await loadSimulation()
})

it.each(Object.keys(SCENARIOS))(
  'every promise holds in small worlds of the kind %s',
  async (name) => {
    const broken: string[] = []
    for (let seed = 1; seed <= WORLDS; seed += 1) {
      const { violations } = await simulation.runWild(name, seed)
      for (const violation of violations) broken.push(`pnpm sim --wild ${name} --seed ${seed}: ${violation}`)
    }
    expect(broken).toEqual([])
  },
  120_000,
)
