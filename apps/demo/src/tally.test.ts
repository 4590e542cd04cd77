import { expect, it } from 'vitest'
import { Tally } from './tally.ts'

it('the tally counts what came, what is missing and what came twice', () => {
  const tally = new Tally(1)
  for (const n of [1, 2, 5, 5, 3]) tally.take(n)
  expect(tally.report).toEqual({ received: 4, missing: 1, doubled: 1, highest: 5 })
  tally.take(4)
  expect(tally.report).toEqual({ received: 5, missing: 0, doubled: 1, highest: 5 })
})

it('the tally begins with the first number where none is given', () => {
  const tally = new Tally()
  expect(tally.report).toEqual({ received: 0, missing: 0, doubled: 0, highest: 0 })
  tally.take(40)
  tally.take(42)
  expect(tally.report).toEqual({ received: 2, missing: 1, doubled: 0, highest: 42 })
})
