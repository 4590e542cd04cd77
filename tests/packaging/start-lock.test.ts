import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startFiles } from './start-lock.ts'

const folder = join(import.meta.dirname, '../../scripts/start')

/** Made from pnpm-lock.yaml: `vitest run --project packaging start-lock -u` writes them anew. */
it('`npm start` installs the versions that pnpm-lock.yaml names, by their digests', async () => {
  const { manifest, lock } = startFiles()
  await expect(textOf(manifest)).toMatchFileSnapshot(join(folder, 'package.json'))
  await expect(textOf(lock)).toMatchFileSnapshot(join(folder, 'package-lock.json'))
})

it('`npm start` installs neither tools of the tests, nor a browser, nor a Node of its own', () => {
  expect(textOf(startFiles().lock)).not.toMatch(
    /"node_modules\/(?:.*\/)?(turbo|@biomejs|vitest|playwright|@sparticuz|node|typescript)[/"]/,
  )
})

function textOf(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
