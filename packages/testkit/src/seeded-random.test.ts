import { expect, it } from 'vitest'
import { seededRandom } from './seeded-random.ts'

const draw = (random: () => number, count: number): number[] => Array.from({ length: count }, () => random())

it('seeded random gives the same numbers for the same seed and others for another', () => {
  expect(draw(seededRandom(7), 20)).toEqual(draw(seededRandom(7), 20))
  expect(draw(seededRandom(7), 20)).not.toEqual(draw(seededRandom(8), 20))
})

it('seeded random spreads evenly over [0, 1) for neighbouring seeds', () => {
  const firsts = Array.from({ length: 10_000 }, (_, seed) => seededRandom(seed)())
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const inside = firsts.filter((value) => Math.floor(value * 10) === tenth).length
    expect(inside).toBeGreaterThan(850)
    expect(inside).toBeLessThan(1150)
  }
})

it('seeded random draws whole numbers, picks and chances within their bounds', () => {
  const random = seededRandom('x')
  const dice = Array.from({ length: 1000 }, () => random.integer(1, 6))
  expect(new Set(dice)).toEqual(new Set([1, 2, 3, 4, 5, 6]))
  expect(new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b'])))).toEqual(new Set(['a', 'b']))
  expect(random.chance(0)).toBe(false)
  expect(random.chance(1)).toBe(true)
  expect(random.between(5, 5)).toBe(5)
  expect(() => random.pick([])).toThrow(expect.objectContaining({ code: 'testkit/invalid_option' }))
})

it('seeded random forks by name, untouched by what is drawn from the parent', () => {
  const parent = seededRandom(1)
  const before = draw(parent.fork('net'), 5)
  parent()
  expect(draw(parent.fork('net'), 5)).toEqual(before)
  expect(draw(parent.fork('app'), 5)).not.toEqual(before)
})
