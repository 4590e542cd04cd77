import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const file = join(root, 'CHANGELOG.md')
const SCOPE = '@holdfast/'

/** One file in .changeset: the packages that it names, and what a user notices. */
interface Change {
  readonly packages: readonly string[]
  readonly text: string
}

/**
 * CHANGELOG.md: what is not released yet, made from the changesets, in front of what was. `vitest run --project packaging
 * changelog-doc -u` writes it anew.
 */
it('CHANGELOG.md has every changeset, by the packages that it names', async () => {
  const lines = [
    '# Changelog',
    '',
    'Made from the files in `.changeset`. All packages share one version.',
    '',
    '## Unreleased',
  ]
  for (const { packages, text } of changes()) lines.push('', `### ${packages.join(', ')}`, '', text)
  await expect(`${lines.join('\n')}\n${released()}`).toMatchFileSnapshot(file)
})

/** From the last version that was released on. */
function released(): string {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const first = text.search(/^## \d/m)
  return first < 0 ? '' : `\n${text.slice(first)}`
}

/** The first release first, then the others by their first package. */
function changes(): Change[] {
  const folder = join(root, '.changeset')
  return readdirSync(folder)
    .filter((file) => file.endsWith('.md') && file !== 'README.md')
    .map((file) => changeOf(readFileSync(join(folder, file), 'utf8'), file))
    .sort((a, b) => b.packages.length - a.packages.length || a.packages.join().localeCompare(b.packages.join()))
}

function changeOf(source: string, file: string): Change {
  const [, head, body] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(source) ?? []
  if (head === undefined || body === undefined)
    throw new Error(`.changeset/${file} has no head between two lines of ---`)
  const packages = [...head.matchAll(/^['"]([^'"]+)['"]:/gm)].map(([, name = '']) => name.replace(SCOPE, ''))
  expect(packages, `.changeset/${file} names packages`).not.toEqual([])
  return { packages, text: body.trim() }
}
