import { describe, expect, it } from 'vitest'
import { KeyTable } from './keys.ts'
import { LOG_LIMITS } from './limits.ts'
import { advanceSender, newSender, SenderTable } from './senders.ts'

const none = (): boolean => false

describe('what is remembered of senders', () => {
  it('is one run as long as no other client writes in between', () => {
    let record = newSender('a', 0)
    for (let n = 1; n <= 1_000; n++) {
      record = advanceSender(
        record,
        { id: 'a', n, done: 0 },
        { first: n, last: n },
        { now: 0, attached: true, maxRuns: 64 },
      )
    }
    expect(record).toMatchObject({ highest: 1_000, floor: 0, runs: [[1, 1_000, 1, 1_000]] })
    const how = { now: 0, attached: true, maxRuns: 64 }
    const other = advanceSender(record, { id: 'a', n: 1_001, done: 998 }, { first: 1_005, last: 1_007 }, how)
    expect(other.runs).toEqual([
      [1, 1_000, 1, 1_000],
      [1_001, 1_001, 1_005, 1_007],
    ])
    const last = advanceSender(other, { id: 'a', n: 1_002, done: 1_000 }, { first: 1_008, last: 1_008 }, how)
    expect(last.runs).toEqual([
      [1_001, 1_001, 1_005, 1_007],
      [1_002, 1_002, 1_008, 1_008],
    ])
  })

  it('stays flat however many come once', () => {
    const table = new SenderTable(LOG_LIMITS)
    const how = { now: 0, attached: false, maxRuns: LOG_LIMITS.maxSenderRuns }
    const come = (from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        for (const gone of table.surplus(1, 0, none)) table.delete(gone)
        table.put(advanceSender(undefined, { id: `${i}`.padStart(6, '0'), n: 1, done: 0 }, { first: i, last: i }, how))
      }
    }
    come(100_000, 120_000)
    const size = JSON.stringify(table.all()).length
    come(120_000, 220_000)
    expect(table.size).toBeGreaterThanOrEqual(10_000)
    expect(table.size).toBeLessThanOrEqual(10_500)
    expect(JSON.stringify(table.all()).length).toBeLessThan(size * 1.1)
  })
})

describe('keys', () => {
  it('are bounded for each scope and for all together', () => {
    const keys = new KeyTable<{ at: number }>({ maxKeys: 10, maxSessionKeys: 15, keyAgeMs: 1_000 })
    keys.put('quiet', 'q', { at: 0 })
    for (let i = 0; i < 100; i++) keys.put('busy', `b${i}`, { at: i })
    expect(keys.size).toBe(11)
    expect(keys.get('q', 100)).toEqual({ at: 0 })
    for (let i = 0; i < 100; i++) keys.put(`once${i}`, `o${i}`, { at: 100 + i })
    expect(keys.size).toBe(15)
    expect(keys.get('q', 200)).toBeUndefined()
    expect(keys.get('o99', 200)).toEqual({ at: 199 })
    keys.put('late', 'l', { at: 5_000 })
    expect([...keys.all(5_000)]).toEqual([['late', 'l', { at: 5_000 }]])
  })
})
