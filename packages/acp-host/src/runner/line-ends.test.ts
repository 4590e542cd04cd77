import { expect, it } from 'vitest'
import { LineEnds } from './line-ends.ts'

it('the reader of lines acknowledges up to the first unhandled line, once for all lines that are handled together', async () => {
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
