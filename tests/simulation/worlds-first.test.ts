import { expect, it } from 'vitest'
import { liveWorlds } from './src/live-worlds.ts'

// Two files, so that both workers have half of the worlds.
it('keeps every promise in worlds 1 to 5_000', async () => {
  expect(await liveWorlds(1, 5_000)).toEqual([])
}, 300_000)
