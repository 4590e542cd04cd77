import { expect, it } from 'vitest'
import { socketIoStory } from '../../examples/socket-io/story.ts'
import { silentlyLost } from '../e2e/support/silently-lost.ts'

it('socket.io and a client talk twenty times a second both ways through every fault three times, and lose nothing untold', async () => {
  const { sent, read, said, confirmed, recovered } = await socketIoStory(3, 50)
  const all = Array.from({ length: sent }, (_, n) => n)
  const numbers = read.filter((one) => one !== 'gap')
  expect(silentlyLost(all, read)).toEqual([])
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => Number(a) - Number(b)))
  expect(recovered).toBeGreaterThan(0)
  expect(confirmed.filter((n) => !said.includes(n))).toEqual([])
  expect(new Set(said).size).toBe(said.length)
})
