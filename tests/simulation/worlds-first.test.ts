import { expect, it } from 'vitest'
import { liveWorlds } from './src/live-worlds.ts'
import { isLong } from './src/seeds.ts'

const LAST = isLong ? 5_000 : 300

// Two files, so that both workers have half of the worlds.
it(`the engine keeps every promise in worlds 1 to ${LAST}`, async () => {
  expect(await liveWorlds(1, LAST)).toEqual([])
}, 300_000)
