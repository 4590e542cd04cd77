import { expect, it } from 'vitest'
import { LineEnds } from './line-ends.ts'

it('acknowledges up to the first line that is not dealt with, once for all that are done together', async () => {
  const told: number[] = []
  const ends = new LineEnds((offset) => told.push(offset))
  const [first, second, third] = [10, 25, 30].map((end) => ends.read(end))
  third?.()
  await Promise.resolve()
  expect(told).toEqual([])
  first?.()
  second?.()
  await Promise.resolve()
  expect(told).toEqual([30])
})
