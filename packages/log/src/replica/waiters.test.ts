import { expect, it } from 'vitest'
import { Waiters } from './waiters.ts'

it('waiters go in the order of their numbers, each once, when theirs is reached', () => {
  const gone: number[] = []
  const waiters = new Waiters()
  for (const n of [5, 2, 9, 2, 7]) waiters.add(n, () => gone.push(n))
  waiters.reached(1)
  expect(gone).toEqual([])
  waiters.reached(5)
  expect(gone).toEqual([2, 2, 5])
  waiters.add(6, () => gone.push(6))
  waiters.reached(8)
  waiters.reached(8)
  expect(gone).toEqual([2, 2, 5, 6, 7])
  waiters.reached(Number.POSITIVE_INFINITY)
  expect(gone).toEqual([2, 2, 5, 6, 7, 9])
})

it('a waiter that gave up is reported once', () => {
  const gone: number[] = []
  const waiters = new Waiters()
  const early = waiters.add(3, () => gone.push(3))
  early()
  early()
  waiters.reached(3)
  expect(gone).toEqual([3])
})

it('a waiter that is added while others go is not lost', () => {
  const gone: string[] = []
  const waiters = new Waiters()
  waiters.add(1, () => {
    gone.push('first')
    waiters.add(1, () => gone.push('late'))
    waiters.add(2, () => gone.push('second'))
  })
  waiters.reached(1)
  waiters.reached(2)
  expect(gone).toEqual(['first', 'late', 'second'])
})
