import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { PACKAGES } from './packed.ts'
import { snippetsOf, writeModules } from './snippets.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(import.meta.dirname, '.snippets')

afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('every snippet of the documents compiles as pasted, with its own imports', { timeout: 300_000 }, () => {
  const snippets = snippetsOf(root)
  const withSnippets = new Set(snippets.map(({ document }) => document))
  expect(PACKAGES.filter((name) => !withSnippets.has(`packages/${name}/README.md`))).toEqual([])
  const files = writeModules(folder, snippets, root)
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder, '--pretty', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  })
  const complaints = stdout.split('\n').flatMap((text) => {
    const [, file = '', line, what = ''] = /^(.+?)\((\d+),\d+\): error (.*)$/.exec(text) ?? []
    const snippet = files.get(file)
    if (snippet === undefined) return text === '' ? [] : [text]
    return [`${snippet.document}:${snippet.line + Number(line) - 1}: ${what}`]
  })
  expect(complaints).toEqual([])
})
