import { expect, it } from 'vitest'
import { KeyTable } from '../src/keys.ts'
import { LOG_LIMITS } from '../src/limits.ts'
import { advanceSender, SenderTable } from '../src/senders.ts'
import { heldBy } from './live-heap.ts'

const MIB = 1024 * 1024

/** A name of its own, as long as names may be. */
function name(n: number): string {
  return `${n} `.padEnd(LOG_LIMITS.maxNameLength, 'x')
}

it('sixty thousand keys of a session hold at most twice what those that are remembered say', () => {
  const { made, bytes } = heldBy(() => {
    const keys = new KeyTable<{ at: number }>(LOG_LIMITS)
    for (let n = 0; n < 60_000; n++) keys.put(`scope ${n % 10}`, name(n), { at: n })
    return keys
  })
  expect(made.size).toBe(LOG_LIMITS.maxSessionKeys)
  expect(bytes).toBeLessThan(2 * LOG_LIMITS.maxSessionKeys * LOG_LIMITS.maxNameLength)
})

it('a hundred thousand senders that come once leave the heap as ten thousand do', () => {
  const { made, bytes } = heldBy(() => {
    const table = new SenderTable(LOG_LIMITS)
    const how = { now: 0, attached: false, maxRuns: LOG_LIMITS.maxSenderRuns }
    for (let n = 0; n < 100_000; n++) {
      for (const gone of table.surplus(1, 0, () => false)) table.delete(gone)
      table.put(advanceSender(undefined, { id: `${n}`, n: 1, done: 0 }, { first: n, last: n }, how))
    }
    return table
  })
  expect(made.size).toBeLessThanOrEqual(10_500)
  expect(bytes).toBeLessThan(8 * MIB)
})
