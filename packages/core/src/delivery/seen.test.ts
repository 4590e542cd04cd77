import { expect, it } from 'vitest'
import { Seen } from './seen.ts'

it('recognises what went by, and forgets the oldest beyond its bound', () => {
  const seen = new Seen(3)
  expect(['a', 'b', 'a', 'c', 'd'].map((id) => seen.add(id))).toEqual([true, true, false, true, true])
  expect(seen.count).toBe(3)
  expect([seen.has('a'), seen.has('b'), seen.has('d')]).toEqual([false, true, true])
})

it('forgets on demand', () => {
  const seen = new Seen()
  seen.add('a')
  seen.delete('a')
  expect(seen.add('a')).toBe(true)
})
