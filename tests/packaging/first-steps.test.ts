import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

it('`npm start` builds every program that a README says is there after it', () => {
  const bootstrap = readFileSync(join(root, 'scripts/bootstrap.mjs'), 'utf8')
  const built = /needed = \[([^\]]*)\]/.exec(bootstrap)?.[1] ?? ''
  const promised = readdirSync(join(root, 'apps')).filter((name) => {
    const readme = join(root, 'apps', name, 'README.md')
    const text = existsSync(readme) ? readFileSync(readme, 'utf8') : ''
    return text.includes('after `npm start`') && text.includes(`apps/${name}/dist/main.js`)
  })
  expect(promised).toContain('cli')
  for (const name of promised) {
    const manifest: { readonly name: string } = JSON.parse(
      readFileSync(join(root, 'apps', name, 'package.json'), 'utf8'),
    )
    expect(built).toContain(`'${manifest.name.replace('@holdfast/', '')}'`)
  }
})
