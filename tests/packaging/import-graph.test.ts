import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const packages = join(import.meta.dirname, '../../packages')
const names = readdirSync(packages).filter((name) => existsSync(join(packages, name, 'src')))

/** What a package's files import of each other, `import type` included. */
function graphOf(name: string): ReadonlyMap<string, readonly string[]> {
  const root = join(packages, name, 'src')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(?<!\.test)\.tsx?$/.test(file),
  )
  return new Map(files.map((file) => [file, importsOf(root, file)]))
}

function importsOf(root: string, file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = [...text.matchAll(/(?:\bfrom|\bimport\(?)\s*'(\.[^']+)'/g)]
  return found.map(([, path = '']) => relative(root, join(root, dirname(file), path)))
}

/** Groups of files of which each reaches each other one, the files of a group in one line. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const reachable = new Map([...graph.keys()].map((file) => [file, reachedFrom(graph, file)]))
  const circles = new Set<string>()
  for (const [file, reached] of reachable) {
    if (!reached.has(file)) continue
    const circle = [...reached].filter((other) => reachable.get(other)?.has(file))
    circles.add(circle.sort().join(' '))
  }
  return [...circles].sort()
}

function reachedFrom(graph: ReadonlyMap<string, readonly string[]>, start: string): ReadonlySet<string> {
  const seen = new Set<string>()
  const next = [...(graph.get(start) ?? [])]
  for (let file = next.pop(); file !== undefined; file = next.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    next.push(...(graph.get(file) ?? []))
  }
  return seen
}

describe.each(names)('@holdfast/%s', (name) => {
  // Two files that need each other share a small interface in a file below both.
  it('has no circle of imports, types included', () => {
    expect(circlesIn(graphOf(name))).toEqual([])
  })
})

it('the search for circles finds them, through other files and through types', () => {
  const graph = new Map([
    ['a.ts', ['b.ts']],
    ['b.ts', ['c.ts']],
    ['c.ts', ['a.ts', 'd.ts']],
    ['d.ts', []],
    ['e.ts', ['a.ts']],
  ])
  expect(circlesIn(graph)).toEqual(['a.ts b.ts c.ts'])
})

it('the siblings in the server are used through their entries alone', () => {
  const inside = [...graphOf('server')].flatMap(([file, imports]) =>
    imports.filter((other) => isInsideSibling(file, other)).map((other) => `${file} -> ${other}`),
  )
  expect(inside).toEqual([])
})

/** Whether a file of one folder of the server names a file of another one that is not its `index.ts`, or made of schemas. */
function isInsideSibling(file: string, other: string): boolean {
  const [from, to] = [file, other].map((path) => (path.includes('/') ? path.split('/')[0] : undefined))
  if (from === undefined || to === undefined || to === 'generated') return false
  return from !== to && other !== `${to}/index.ts`
}
