import { expect, it } from 'vitest'
import { DedupWindow } from './dedup-window.ts'

it('the window of known ids recognises what went by, and forgets the oldest beyond its bound', () => {
  const seen = new DedupWindow(3)
  expect(['a', 'b', 'a', 'c', 'd'].map((id) => seen.add(id))).toEqual([true, true, false, true, true])
  expect(seen.count).toBe(3)
  expect([seen.has('a'), seen.has('b'), seen.has('d')]).toEqual([false, true, true])
})

it('the window of known ids forgets on demand', () => {
  const seen = new DedupWindow()
  seen.add('a')
  seen.delete('a')
  expect(seen.add('a')).toBe(true)
})
