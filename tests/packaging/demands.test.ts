import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** What ours does better than the clients that it replaces: numbered points of the four protocols. */
const DEMANDS = [
  { section: 'hub §9', points: 15 },
  { section: 'shell §7', points: 10 },
  { section: 'sessions §4', points: 9 },
  { section: 'tracker §3', points: 8 },
] as const

/** The points that titles of tests name, as `hub §9.1`. */
function namedPoints(folders: readonly string[]): ReadonlySet<string> {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder)).flatMap((name) =>
      ['src', 'test', '.'].map((part) => join(root, folder, name, part)).flatMap(testsIn),
    ),
  )
  const titles = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/['`"](\w+ §\d+\.\d+)[ :'`"]/g)])
  return new Set(titles.map(([, point = '']) => point))
}

function testsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => join(folder, file))
  } catch {
    return []
  }
}

it.each(DEMANDS)('every point of $section is named by a test that shows it', ({ section, points }) => {
  const named = namedPoints(['packages', 'tests'])
  expect(pointsOf(section, points).filter((point) => !named.has(point))).toEqual([])
})

it('every point of hub §9 is shown beside the published client', () => {
  const named = namedPoints(['tests'])
  expect(pointsOf('hub §9', 15).filter((point) => !named.has(point))).toEqual([])
})

const pointsOf = (section: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${section}.${index + 1}`)
