import { describe, expect, it } from 'vitest'
import { loadSimulation } from './src/load-simulation.ts'
import { MUTANTS } from './src/mutants.ts'

/** Far fewer than are lived with the engine as it is: what is broken shows soon. */
const WORLDS = 600
const SMALL_WORLDS = 60

describe('a broken engine is noticed', () => {
  for (const [name, { what, troubles, scenario }] of Object.entries(MUTANTS)) {
    it(`${name}: ${what}`, async () => {
      const { runWorld, runWild } = await loadSimulation(name)
      let noticed: readonly string[] = []
      const most = scenario === undefined ? WORLDS : SMALL_WORLDS
      for (let seed = 1; seed <= most && noticed.length === 0; seed += 1) {
        const world = scenario === undefined ? runWorld(seed, { troubles }) : runWild(scenario, seed)
        noticed = (await world).violations
      }
      expect(noticed).not.toEqual([])
    }, 120_000)
  }

  it('refuses a mutant that does not exist', async () => {
    await expect(loadSimulation('no-such')).rejects.toThrow('no mutant "no-such"')
  })
})
