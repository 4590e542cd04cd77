import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { PACKAGES } from './packed.ts'
import { snippetsOf, writeModules } from './snippets.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(import.meta.dirname, '.snippets')

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/**
 * Names that a page leaves to its reader (`url`, `readToken()`, a test runner's `it`), and what follows from them. Only pieces of
 * examples may, whose programs are beside them.
 */
const LEFT_TO_THE_READER = [
  'TS2304',
  'TS2552',
  'TS2582',
  'TS2593',
  'TS18004',
  'TS18046',
  'TS7006',
  'TS7031',
  'TS7034',
  'TS7005',
]

it('every snippet of the documents is TypeScript that fits the packages', { timeout: 60_000 }, () => {
  const snippets = snippetsOf(root)
  const withSnippets = new Set(snippets.map(({ document }) => document))
  expect(PACKAGES.filter((name) => !withSnippets.has(`packages/${name}/README.md`))).toEqual([])
  const files = writeModules(folder, snippets, root)
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder, '--pretty', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  })
  const complaints = stdout.split('\n').flatMap((text) => {
    const [, file = '', line, code = '', what = ''] = /^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$/.exec(text) ?? []
    const snippet = files.get(file)
    if (snippet === undefined || (LEFT_TO_THE_READER.includes(code) && !snippet.isWhole)) return []
    if (code === 'TS2307' && !snippet.isWhole && !what.includes('@holdfast/')) return []
    return [`${snippet.document}:${snippet.line + Number(line) - (snippet.isWhole ? 1 : 2)}: ${what}`]
  })
  expect(complaints).toEqual([])
})
