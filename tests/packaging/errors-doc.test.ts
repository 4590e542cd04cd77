import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** A row as packages write it: one string, or what happened and what to do. */
type Row = string | { readonly sentence: string; readonly action: string }

/** docs/errors.md, made from the tables that the packages export. `vitest run --project packaging -u` writes it anew. */
it('docs/errors.md has every error code of every package', async () => {
  const lines = [
    '# Errors',
    '',
    'Every error is a `HoldfastError` with a `code`. Branch on the code, never on the text. Made from the `*_ERRORS` tables.',
  ]
  for (const file of errorFiles()) {
    const exported: Record<string, unknown> = await import(join(root, file))
    for (const [name, table] of Object.entries(exported)) {
      if (!name.endsWith('_ERRORS') || typeof table !== 'object' || table === null) continue
      lines.push('', `## ${packageOf(file)}`, '', '| code | what happened, and what to do |', '|---|---|')
      for (const [code, row] of Object.entries(table as Record<string, Row>))
        lines.push(`| \`${code}\` | ${text(row)} |`)
    }
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(join(root, 'docs/errors.md'))
})

function text(row: Row): string {
  return (typeof row === 'string' ? row : `${row.sentence} ${row.action}`).replaceAll('|', '\\|')
}

function packageOf(file: string): string {
  const [, name = '', , folder] = file.split('/')
  const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
  return folder === 'errors.ts' || folder === undefined ? manifest.name : `${manifest.name} (${folder})`
}

function errorFiles(): string[] {
  return readdirSync(join(root, 'packages'))
    .filter((name) => existsSync(join(root, 'packages', name, 'src')))
    .flatMap((name) =>
      readdirSync(join(root, 'packages', name, 'src'), { recursive: true, encoding: 'utf8' })
        .filter((file) => file === 'errors.ts' || file.endsWith('/errors.ts'))
        .map((file) => `packages/${name}/src/${file}`),
    )
    .sort()
}
