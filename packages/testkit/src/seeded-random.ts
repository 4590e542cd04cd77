import type { Random } from '@holdfast/contract'
import { testkitError } from './errors.ts'

/** A repeatable source of random numbers: call it for a number in [0, 1), or use what hangs on it. */
export interface SeededRandom extends Random {
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number
  /** One of the items. @throws `testkit/invalid_option` when there is none. */
  pick<Item>(items: readonly Item[]): Item
  /** True with this probability (0 to 1). */
  chance(probability: number): boolean
  /** A number from `min` up to, not including, `max`. */
  between(min: number, max: number): number
  /** A source of its own that depends on the seed and the name only: drawing from one never disturbs another. */
  fork(name: string): SeededRandom
}

/**
 * The same seed gives the same numbers on every runtime. The generator is sfc32 (Chris Doty-Humphrey's Small Fast
 * Counting, 32 bit; passes PractRand), seeded through an FNV-1a hash. For tests, never for secrets.
 */
export function seededRandom(seed: number | string): SeededRandom {
  const next = sfc32(hash(String(seed)))
  return Object.assign(() => next(), {
    integer: (min: number, max: number) => min + Math.floor(next() * (max - min + 1)),
    pick: <Item>(items: readonly Item[]) => pickFrom(items, next),
    chance: (probability: number) => next() < probability,
    between: (min: number, max: number) => min + next() * (max - min),
    fork: (name: string) => seededRandom(`${seed}/${name}`),
  })
}

function pickFrom<Item>(items: readonly Item[], next: Random): Item {
  for (const item of items.slice(Math.floor(next() * items.length))) return item
  throw testkitError('testkit/invalid_option', 'expected pick() to get at least one item, got none')
}

/** FNV-1a, 32 bit. */
function hash(text: string): number {
  let state = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193)
  return state >>> 0
}

/** Rounds thrown away so that near seeds part, as the generator's author does. */
const WARM_UP_ROUNDS = 12

function sfc32(seed: number): Random {
  let a = 0
  let b = seed | 0
  let c = 0x9e3779b9 | 0
  let counter = 1
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) next()
  return next
}
