import { expect, it } from 'vitest'
import { loadSimulation } from './src/load-simulation.ts'
import { SCENARIOS } from './src/wild.ts'

const WORLDS = 40

it.each(Object.keys(SCENARIOS))(
  'every promise holds in small worlds of the kind %s',
  async (name) => {
    const { runWild } = await loadSimulation()
    const broken: string[] = []
    for (let seed = 1; seed <= WORLDS; seed += 1) {
      const { violations } = await runWild(name, seed)
      for (const violation of violations) broken.push(`pnpm sim --wild ${name} --seed ${seed}: ${violation}`)
    }
    expect(broken).toEqual([])
  },
  120_000,
)
