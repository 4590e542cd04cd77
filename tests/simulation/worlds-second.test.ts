import { expect, it } from 'vitest'
import { liveWorlds } from './src/live-worlds.ts'

// Two files, so that both workers have half of the worlds.
it('keeps every promise in worlds 5_001 to 10_000', async () => {
  expect(await liveWorlds(5_001, 10_000)).toEqual([])
}, 300_000)
