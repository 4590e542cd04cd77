import { expect, it } from 'vitest'
import { liveWorlds } from './src/live-worlds.ts'

const LAST = process.env['HOLDFAST_LONG'] === '1' ? 5_000 : 500

// Two files, so that both workers have half of the worlds.
it(`keeps every promise in worlds 1 to ${LAST}`, async () => {
  expect(await liveWorlds(1, LAST)).toEqual([])
}, 300_000)
