import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript-5'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifestIn, PACKAGES, packInto } from './packed.ts'

const run = promisify(execFile)
const place = mkdtempSync(join(tmpdir(), 'holdfast-installed-'))

afterAll(() => rmSync(place, { recursive: true, force: true }), 300_000)

const VERSIONS = {
  webpack: ['webpack@5.113.0'],
  // Who uses React with it has the plugin, which knows what 'use client' is for.
  vite: ['vite@8.3.8', '@vitejs/plugin-react@6.3.0'],
  esbuild: ['esbuild@0.28.2'],
} as const
/** The others take a minute: `pnpm test:bundlers`. */
const isLong = process.env['HOLDFAST_LONG'] === '1'
const TRIED: readonly (keyof typeof VERSIONS)[] = isLong ? ['webpack', 'vite', 'esbuild'] : ['esbuild']
/** Behind it too, since most have it not installed. */
const JEST = 'jest@29.7.0'
/** What some entries want beside them: the schemas of `protocol`, and the hooks. */
const BESIDE = ['zod@4', 'react@19', 'react-dom@19']
const PROJECT = '{ "private": true, "type": "module" }'

/**
 * The packages as somebody gets them from a registry: packed, and installed into an empty project. By npm in the long form;
 * otherwise by pnpm, which needs a tenth of its time.
 */
beforeAll(async () => {
  const files = await packInto(place)
  const others = [...TRIED.flatMap((name) => VERSIONS[name]), ...BESIDE, ...(isLong ? [JEST] : [])]
  if (isLong) await installByNpm(files, others)
  else await installByPnpm(files, others)
}, 300_000)

async function installByNpm(files: readonly string[], others: readonly string[]): Promise<void> {
  writeFileSync(join(place, 'package.json'), PROJECT)
  const ours = files.map((file) => `./${file}`)
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...ours, ...others], { cwd: place })
}

async function installByPnpm(files: readonly string[], others: readonly string[]): Promise<void> {
  writeFileSync(join(place, 'package.json'), PROJECT)
  const ours = Object.fromEntries(files.map((file) => [packageOf(file), `file:./${file}`]))
  // What one of ours needs of the others comes from here too, and from no registry.
  writeFileSync(join(place, 'pnpm-workspace.yaml'), JSON.stringify({ overrides: ours, nodeLinker: 'hoisted' }))
  const specs = Object.entries(ours).map(([name, file]) => `${name}@${file}`)
  await run('pnpm', ['add', '--prefer-offline', '--ignore-scripts', ...specs, ...others], { cwd: place })
}

/** `@holdfast/core` for `holdfast-core-0.0.0.tgz`. */
function packageOf(file: string): string {
  return file.replace(/^holdfast-(.+)-\d+\.\d+\.\d+\.tgz$/, '@holdfast/$1')
}

/** Every entry with code that the packages export, of those that need nothing else to be installed. */
function entries(): readonly string[] {
  return exported().filter((entry) => !/\.json$|conformance|aws/.test(entry))
}

function exported(): readonly string[] {
  return PACKAGES.flatMap((name) => {
    const { exports } = manifestIn(join(place, 'node_modules/@holdfast', name))
    return Object.keys(exports).map((entry) => `@holdfast/${name}${entry.slice(1)}`)
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

it('the JSON Schemas of the wires can be imported', async () => {
  const schemas = exported().filter((entry) => entry.endsWith('/schema.json'))
  expect(schemas).toHaveLength(5)
  const lines = schemas.map((entry, at) => `import schema${at} from '${entry}' with { type: 'json' }`)
  const looks = schemas.map((_, at) => `if (typeof schema${at}.$schema !== 'string') throw new Error('no schema')`)
  writeFileSync(join(place, 'schemas.js'), [...lines, ...looks].join('\n'))
  await run('node', ['schemas.js'], { cwd: place })
})

it('the conformance check runs as a command', async () => {
  const { stdout } = await run('node_modules/.bin/holdfast-conformance', ['list', '--wire', 'hub'], { cwd: place })
  expect(stdout).toContain('hub/replay  Events that a client missed come once and in order.')
})

/** What TypeScript 5.9 complains of in a file and in all that our packages declare and the file reaches. */
function complaintsOfOurs(file: string): readonly string[] {
  const program = ts.createProgram([join(place, file)], {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    typeRoots: [join(place, 'node_modules/@types')],
  })
  const ours = program.getSourceFiles().filter(({ fileName }) => fileName.endsWith(file) || isOurs(fileName))
  expect(ours.length).toBeGreaterThan(exported().length)
  return [
    ...program.getOptionsDiagnostics(),
    ...ours.flatMap((source) => [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ]),
  ].map(
    ({ file: at, messageText }) => `${at?.fileName ?? 'options'}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
  )
}

function isOurs(file: string): boolean {
  return file.split('/node_modules/').at(-1)?.startsWith('@holdfast/') === true
}

/** What TypeScript 5.9 complains of in a file and in all that it reaches. */
async function complaintsOf(
  file: string,
  [module, moduleResolution]: readonly [string, string],
  skipLibCheck = false,
): Promise<string> {
  const tsc = join(import.meta.dirname, 'node_modules/typescript-5/bin/tsc')
  const options = ['--strict', '--target', 'es2022', '--skipLibCheck', `${skipLibCheck}`, '--types', 'node']
  const resolution = ['--module', module, '--moduleResolution', moduleResolution]
  const compiling = run('node', [tsc, ...options, ...resolution, file], { cwd: place, maxBuffer: 1e8 })
  return compiling.then(
    () => '',
    ({ stdout }: { readonly stdout: string }) => stdout,
  )
}

it('the types of every entry hold without skipLibCheck, for TypeScript 5.9 and its resolutions', async () => {
  const lines = entries().map((entry, at) => `export * as entry${at} from '${entry}'`)
  writeFileSync(join(place, 'all.ts'), lines.join('\n'))
  expect(complaintsOfOurs('all.ts')).toEqual([])
  // With everything that others declare: ten seconds each.
  if (!isLong) return
  expect(await complaintsOf('all.ts', ['nodenext', 'nodenext'])).toBe('')
  expect(await complaintsOf('all.ts', ['esnext', 'bundler'])).toBe('')
}, 600_000)

/** As CommonJS. */
function transpiled(code: string): string {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS }
  return ts.transpileModule(code, { compilerOptions }).outputText
}

it('a CommonJS project imports every entry with nodenext, and gets an error from node16', async () => {
  mkdirSync(join(place, 'common'))
  writeFileSync(join(place, 'common/package.json'), '{ "private": true, "type": "commonjs" }')
  const lines = entries().map(
    (entry, at) => `import * as entry${at} from '${entry}'\nif (!entry${at}) throw entry${at}`,
  )
  const code = lines.join('\n')
  writeFileSync(join(place, 'common/all.ts'), code)
  // What TypeScript emits is the same with and without a look at the types.
  if (isLong) expect(await complaintsOf('common/all.ts', ['nodenext', 'nodenext'], true)).toBe('')
  else writeFileSync(join(place, 'common/all.js'), transpiled(code))
  await run('node', ['common/all.js'], { cwd: place })
  writeFileSync(join(place, 'common/one.ts'), "export { OpenError } from '@holdfast/contract'")
  expect(await complaintsOf('common/one.ts', ['node16', 'node16'], true)).toContain('error TS1479')
}, 300_000)

it.runIf(isLong)(
  'Jest 29 runs tests that import the packages, in its ES module mode',
  async () => {
    for (const [type, line] of [
      ['module', "import { HubClient } from '@holdfast/hub'\ntest('it', () => expect(HubClient).toBeDefined())"],
      ['commonjs', "test('it', async () => expect((await import('@holdfast/hub')).HubClient).toBeDefined())"],
    ] as const) {
      const folder = join(place, `jest-${type}`)
      mkdirSync(folder)
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type }))
      writeFileSync(join(folder, 'it.test.js'), line)
      const env = { ...process.env, NODE_OPTIONS: '--experimental-vm-modules' }
      const { stderr } = await run('node', ['../node_modules/jest/bin/jest.js'], { cwd: folder, env })
      expect(stderr).toContain('Tests:       1 passed')
    }
  },
  300_000,
)

/** What a stranger's program per package says that reads like the README of its package. */
const STRANGERS: Readonly<Record<string, string>> = {
  acp: 'initialized 1',
  'acp-host': '200 1',
  'chaos-proxy': 'after the cut 2',
  conformance: 'hub/live passed',
  contract: '{ n: 1 } channel/open_failed ws://***@host/?token=***',
  core: "{ type: 'hello' }",
  gate: 'my application',
  hub: "[ { action: 'RETURN', result: 'passed' } ] task_start",
  log: 'appended e1',
  'outbox-indexeddb': 'outbox/unavailable',
  protocol: 'wss://hub.example/api/ws?sessionId=s1&role=observer true sessionHasLead',
  react: '<p>Not started.</p>',
  server: 'my application 404',
  sessions: 'ls allow',
  shell: 'exited 3',
  'shell-framing': 'true stdin a paste of any size',
  'shell-host': 'exited 3',
  'store-nats': 'nats/unreachable',
  'store-sqlite': 'appended e1',
  streams: '[{"order":1}]',
  tabs: "{ type: 'hello' }",
  terminal: 'detach ls before after',
  testkit: '1000',
  tracker: 'task.assigned tidy up',
  'transport-browser': "{ type: 'hello' }",
  'transport-node': 'ended 1000 bye',
  'transport-sse': 'message 1 hello',
  'transport-stream': 'heard hello',
  websocket: 'open early 1',
}

describe("strangers' programs", () => {
  beforeAll(() => cpSync(join(import.meta.dirname, 'strangers'), place, { recursive: true }))

  it('there is one for every package', () => {
    expect(Object.keys(STRANGERS)).toEqual(PACKAGES)
  })

  it.each(Object.entries(STRANGERS))('the program with %s says "%s"', async (name, says) => {
    const { stdout } = await run('node', [`${name}.mjs`], { cwd: place, timeout: 60_000 })
    expect(stdout.trim()).toBe(says)
  })
})

/** What a page may import: clients and their transports, and what stands in for published clients. */
const FOR_BROWSERS = [
  'acp',
  'core',
  'transport-browser',
  'transport-sse',
  'hub',
  'hub/compat',
  'hub/tabs',
  'outbox-indexeddb',
  'react',
  'sessions',
  'sessions/compat',
  'shell',
  'shell/compat',
  'tabs',
  'tabs/worker-page',
  'tracker',
  'tracker/compat',
  'websocket',
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
    import react from '@vitejs/plugin-react'
    import { build } from 'vite'
    const complaints = []
    const onwarn = (warning) => complaints.push(warning.message)
    const rollupOptions = { input: 'page.js', external: ${JSON.stringify(OPTIONAL)}, onwarn }
    await build({ logLevel: 'silent', plugins: [react()], build: { outDir: 'out-vite', rollupOptions } }).catch((error) => complaints.push(error.message))
    console.log(complaints.join('\\n'))`,
  esbuild: `
    import { build } from 'esbuild'
    const external = ${JSON.stringify(OPTIONAL)}
    const options = { entryPoints: ['page.js'], external, bundle: true, format: 'esm', outdir: 'out-esbuild', logLevel: 'silent' }
    const { errors, warnings } = await build(options).catch((error) => error)
    console.log([...errors, ...warnings].map(({ text }) => text).join('\\n'))`,
} as const

it.each(TRIED)(
  'the bundler %s bundles every client for a page, the compat entries too',
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
