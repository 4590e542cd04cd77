import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const place = mkdtempSync(join(tmpdir(), 'holdfast-installed-'))

afterAll(() => rmSync(place, { recursive: true, force: true }))

/** The packages as somebody gets them from a registry: packed, and installed by npm into an empty project. */
beforeAll(async () => {
  const packed = readdirSync(join(root, 'packages')).map((name) =>
    run('pnpm', ['pack', '--pack-destination', place], { cwd: join(root, 'packages', name) }),
  )
  await Promise.all(packed)
  writeFileSync(join(place, 'package.json'), '{ "private": true, "type": "module" }')
  const files = readdirSync(place).filter((file) => file.endsWith('.tgz'))
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...files.map((file) => `./${file}`)], {
    cwd: place,
  })
}, 300_000)

/** Every entry that the packages export, of those that need nothing else to be installed. */
function entries(): readonly string[] {
  return readdirSync(join(root, 'packages')).flatMap((name) => {
    const manifest: { exports: Record<string, unknown> } = JSON.parse(
      readFileSync(join(place, 'node_modules/@holdfast', name, 'package.json'), 'utf8'),
    )
    return Object.keys(manifest.exports)
      .filter((entry) => !/package\.json|conformance|aws/.test(entry))
      .map((entry) => `@holdfast/${name}${entry.slice(1)}`)
  })
}

it('every entry can be imported', async () => {
  writeFileSync(
    join(place, 'all.js'),
    entries()
      .map((entry) => `import '${entry}'`)
      .join('\n'),
  )
  await run('node', ['all.js'], { cwd: place })
})

it('the types of every entry hold without skipLibCheck, for TypeScript 5.9 and its resolutions', async () => {
  writeFileSync(
    join(place, 'all.ts'),
    entries()
      .map((entry, at) => `export * as entry${at} from '${entry}'`)
      .join('\n'),
  )
  const tsc = join(import.meta.dirname, 'node_modules/typescript-5/bin/tsc')
  const complaints = [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ].map(async ([module = '', moduleResolution = '']) => {
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--skipLibCheck', 'false']
    const resolution = ['--module', module, '--moduleResolution', moduleResolution]
    return run('node', [tsc, ...options, ...resolution, 'all.ts'], { cwd: place }).then(
      () => '',
      ({ stdout }: { readonly stdout: string }) => stdout,
    )
  })
  expect(await Promise.all(complaints)).toEqual(['', ''])
}, 300_000)
