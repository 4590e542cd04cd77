import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { packInto } from './packed.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const place = mkdtempSync(join(tmpdir(), 'holdfast-installed-'))

afterAll(() => rmSync(place, { recursive: true, force: true }), 60_000)

const VERSIONS = { webpack: 'webpack@5.113.0', vite: 'vite@8.3.8', esbuild: 'esbuild@0.28.2' } as const
/** The others take a minute: `pnpm test:bundlers`. */
const TRIED: readonly (keyof typeof VERSIONS)[] =
  process.env['HOLDFAST_LONG'] === '1' ? ['webpack', 'vite', 'esbuild'] : ['esbuild']

/** The packages as somebody gets them from a registry: packed, and installed by npm into an empty project. */
beforeAll(async () => {
  const files = await packInto(place)
  writeFileSync(join(place, 'package.json'), '{ "private": true, "type": "module" }')
  const bundlers = TRIED.map((name) => VERSIONS[name])
  await run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefer-offline', ...files.map((file) => `./${file}`), ...bundlers],
    {
      cwd: place,
    },
  )
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

/** What a page may import: clients and their transports, and what stands in for published clients. */
const FOR_BROWSERS = [
  'core',
  'transport-browser',
  'transport-sse',
  'hub',
  'hub/compat',
  'sessions',
  'sessions/compat',
  'shell',
  'shell/compat',
  'tracker',
]

/** Optional peers of the shell's signing, which who does not sign leaves out. */
const OPTIONAL = ['@smithy/signature-v4', '@aws-crypto/sha256-js', '@aws-sdk/credential-provider-node']

/** Each bundler with its defaults for a page, as a program of its own: it writes what it complains of. */
const BUNDLERS = {
  webpack: `
    import webpack from 'webpack'
    const config = { mode: 'production', entry: './page.js', output: { path: process.cwd() + '/out-webpack' } }
    const alias = Object.fromEntries(${JSON.stringify(OPTIONAL)}.map((name) => [name, false]))
    webpack({ ...config, resolve: { alias }, performance: { hints: false } }, (error, stats) => {
      const { errors = [], warnings = [] } = stats?.toJson({ all: false, errors: true, warnings: true }) ?? {}
      console.log([error, ...errors, ...warnings].filter(Boolean).map((one) => one.message ?? one).join('\\n'))
    })`,
  vite: `
    import { build } from 'vite'
    const complaints = []
    const onwarn = (warning) => complaints.push(warning.message)
    const rollupOptions = { input: 'page.js', external: ${JSON.stringify(OPTIONAL)}, onwarn, onLog: (_level, log) => complaints.push(log.message) }
    await build({ logLevel: 'silent', build: { outDir: 'out-vite', rollupOptions } }).catch((error) => complaints.push(error.message))
    console.log(complaints.join('\\n'))`,
  esbuild: `
    import { build } from 'esbuild'
    const external = ${JSON.stringify(OPTIONAL)}
    const options = { entryPoints: ['page.js'], external, bundle: true, format: 'esm', outdir: 'out-esbuild', logLevel: 'silent' }
    const { errors, warnings } = await build(options).catch((error) => error)
    console.log([...errors, ...warnings].map(({ text }) => text).join('\\n'))`,
} as const

it.each(TRIED)(
  '%s bundles every client for a page, the compat entries too',
  async (name) => {
    const lines = FOR_BROWSERS.map(
      (entry, at) => `import * as entry${at} from '@holdfast/${entry}'\nconsole.log(entry${at})`,
    )
    writeFileSync(join(place, 'page.js'), lines.join('\n'))
    writeFileSync(join(place, `${name}.mjs`), BUNDLERS[name])
    const { stdout } = await run('node', [`${name}.mjs`], { cwd: place })
    expect(stdout.trim()).toBe('')
  },
  300_000,
)
