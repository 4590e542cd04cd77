import { expect, it } from 'vitest'
import { exportedNames } from './exported-names.ts'

/**
 * What an entry promises, types among them, and how many names that may be. Whoever needs more finds it in a subpath whose
 * name says what it is, and what only siblings need is in `./internals`.
 */
const ENTRIES = [
  { folder: 'server', entry: '.', most: 60 },
  { folder: 'protocol', entry: './hub', most: 80 },
] as const

it.each(ENTRIES)('the entry $entry of $folder promises at most $most names', ({ folder, entry, most }) => {
  const names = exportedNames(folder, entry)
  expect(names.length).toBeGreaterThan(10)
  expect(names.length, names.join(' ')).toBeLessThanOrEqual(most)
})
