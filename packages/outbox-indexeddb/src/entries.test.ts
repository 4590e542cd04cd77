import { expect, it } from 'vitest'
import { Entries, type Entry, type EntryState } from './entries.ts'

function entry(n: number, state: EntryState): Entry<string> {
  const stored = { name: 'a', box: 'b', n, id: `${n}`, delivery: 'ordered', message: '', bytes: 256, at: 0 } as const
  return { stored: { ...stored, handed: false }, state, isEarlier: false }
}

it('the index of stored messages knows the count of each state, after every change', () => {
  const entries = new Entries<string>([])
  const [first, second] = [entry(1, 'storing'), entry(2, 'handed')]
  entries.add(first)
  entries.add(second)
  expect(entries.hasAny('waiting', 'left')).toBe(false)
  entries.move(first, 'waiting')
  expect([entries.in('waiting'), entries.hasAny('storing')]).toEqual([[first], false])
  entries.remove(first)
  entries.remove(first)
  entries.move(first, 'left')
  expect(entries.hasAny('waiting', 'left', 'storing')).toBe(false)
  entries.clear()
  expect([entries.hasAny('handed'), entries.bytes]).toEqual([false, 0])
})

it('the queries of each message take no longer where many messages wait', () => {
  const entries = new Entries<string>([])
  let looks = 0
  for (let n = 1; n <= 1_000; n += 1) {
    const waiting = entry(n, 'handed')
    let state: EntryState = 'handed'
    Object.defineProperty(waiting, 'state', {
      get() {
        looks += 1
        return state
      },
      set(next: EntryState) {
        state = next
      },
    })
    entries.add(waiting)
  }
  const before = looks
  expect(entries.hasAny('storing', 'waiting', 'left')).toBe(false)
  expect(entries.in('left')).toEqual([])
  expect(looks - before).toBe(0)
})
