import { expect, it } from 'vitest'
import { loadSimulation } from './load-simulation.ts'
import { MUTANTS } from './mutants.ts'

/** Far fewer than are lived with the engine as it is: what is broken shows soon. */
const WORLDS = 600
const SMALL_WORLDS = 60

/** Declares a test for each engine that is broken on purpose: those that show in small worlds, or all others. */
export function mutantsAreNoticed({ inSmallWorlds }: { readonly inSmallWorlds: boolean }): void {
  for (const [name, { what, troubles, scenario }] of Object.entries(MUTANTS)) {
    if ((scenario !== undefined) !== inSmallWorlds) continue
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
}
