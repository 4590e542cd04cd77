import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const pages = join(root, 'docs/wild')
/** A file of tests, a name in quotes, or something else that names are of, such as a command. */
const REFERENCE = /((?:packages|apps|tests|examples)\/[\w./-]+\.tsx?)|"([^"]+)"|`[^`"]+`/g

/** Titles of tests that a table or a template fills in: what is filled in stands for anything. */
function patterns(text: string): readonly RegExp[] {
  return [...text.matchAll(/\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1\s*,/g)].flatMap(([, , title = '']) => {
    const parts = title.replace(/\\(.)/g, '$1').split(/%[sdifjoO#]|\$\{[^}]*\}|\$[\w.]+/)
    // One that is nothing but a row of its table would fit everything.
    if (parts.length < 2 || parts.join('').length < 8) return []
    return [new RegExp(`${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`)]
  })
}

/** A name stands in its file, whole or as the beginning of a title, or is made by a table of it. */
function isNamed(name: string, text: string): boolean {
  const plain = text.replace(/\\(['"`])/g, '$1')
  return plain.includes(name) || patterns(text).some((pattern) => pattern.test(name))
}

it.each(readdirSync(pages).filter((name) => name !== 'README.md'))('docs/wild/%s names tests that exist', (page) => {
  const missing: string[] = []
  for (const row of readFileSync(join(pages, page), 'utf8').split('\n')) {
    if (row.startsWith('|')) missing.push(...missingIn(row.split('|').at(-2) ?? ''))
  }
  expect(missing).toEqual([])
})

/** Files that are not there, and names that do not stand in the file before them. */
function missingIn(cell: string): readonly string[] {
  const missing: string[] = []
  let text = ''
  for (const [, file, name] of cell
    .replaceAll(/`((?:packages|apps|tests|examples)\/[^`]*)`/g, '$1')
    .matchAll(REFERENCE)) {
    if (name !== undefined) {
      if (text !== '' && !isNamed(name, text)) missing.push(name)
    } else if (file === undefined) text = ''
    else if (existsSync(join(root, file))) text = readFileSync(join(root, file), 'utf8')
    else missing.push(file)
  }
  return missing
}

it('the index of docs/wild names every page', () => {
  const index = readFileSync(join(pages, 'README.md'), 'utf8')
  const linked = [...index.matchAll(/\]\((\w+\.md)\)/g)].map(([, name]) => name)
  expect(linked.sort()).toEqual(
    readdirSync(pages)
      .filter((name) => name !== 'README.md')
      .sort(),
  )
})
