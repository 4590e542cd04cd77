import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { exportedNames } from './exported-names.ts'

/**
 * What an entry promises, types among them, and how many names that may be: as many as one can read in one go. Of `core` what
 * every user of a connection meets; of `server` one name for each endpoint, its options and its errors; of `protocol/hub` the
 * messages of the wire, which are more than anyone would make up. Who needs more finds it in a subpath whose name says what it
 * is (`core/live`, `core/protocol` …): what is new goes there, not here. What only siblings need is in `./internals`.
 */
const ENTRIES = [
  { folder: 'core', entry: '.', most: 65 },
  { folder: 'server', entry: '.', most: 60 },
  { folder: 'protocol', entry: './hub', most: 80 },
] as const

it.each(ENTRIES)('the entry $entry of $folder promises at most $most names', ({ folder, entry, most }) => {
  const names = exportedNames(folder, entry)
  expect(names.length).toBeGreaterThan(10)
  expect(names.length, names.join(' ')).toBeLessThanOrEqual(most)
})

it('examples, documents and READMEs show users no name of an inner entry', () => {
  const root = join(import.meta.dirname, '../..')
  const shown = ['examples/*.ts', 'examples/*.mjs', 'docs/*.md', '*README.md', 'packages/*/README.md']
  const files = execFileSync('git', ['ls-files', '-z', ...shown], { cwd: root, encoding: 'utf8' }).split('\0')
  const imports = /from '@holdfast\/[\w-]+\/internals/
  const inner = files.filter((file) => file !== '' && imports.test(readFileSync(join(root, file), 'utf8')))
  expect(files.length).toBeGreaterThan(30)
  expect(inner).toEqual([])
})
