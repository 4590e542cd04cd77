import { describe, expect, it } from 'vitest'
import { loadSimulation } from './src/load-simulation.ts'
import { mutantsAreNoticed } from './src/notice.ts'

describe('a broken engine is noticed', () => {
  mutantsAreNoticed({ inSmallWorlds: false })

  it('refuses a mutant that does not exist', async () => {
    await expect(loadSimulation('no-such')).rejects.toThrow('no mutant "no-such"')
  })
})
