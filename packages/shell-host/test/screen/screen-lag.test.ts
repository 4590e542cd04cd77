import { systemClock } from '@holdfast/contract'
import { expect, it } from 'vitest'
import { fakeHost } from '../fakes.ts'

const CHUNK = Buffer.from(
  `${'a line of eighty columns, coloured \u001b[31mred\u001b[m, as a compiler prints it'.padEnd(81)}\r\n`.repeat(790),
)
const LAG_BYTES = 4_194_304

it('a program waits once its screen is 4 MiB behind, and goes on when that has caught up', async () => {
  const fake = fakeHost(systemClock, { screens: true })
  await fake.attach({ shellId: 'lag' })
  let said = 0
  // All in one turn: whoever draws cannot say that it has caught up meanwhile.
  while (!fake.backend.paused && said < 4 * LAG_BYTES) {
    fake.backend.say(CHUNK)
    said += CHUNK.length
  }
  expect(said).toBeGreaterThan(LAG_BYTES)
  expect(said).toBeLessThanOrEqual(LAG_BYTES + CHUNK.length)
  await expect.poll(() => fake.backend.paused, { timeout: 30_000 }).toBe(false)
  await fake.host.close()
})
