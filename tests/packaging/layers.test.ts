import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const place = mkdtempSync(join(tmpdir(), 'holdfast-layers-'))
/** What the linter of this repository says of each file, by its path: all of them at once, since it takes a while to begin. */
let told: ReadonlyMap<string, string>

const FORBIDDEN = [
  ['packages/contract/src/x.ts', `import '@holdfast/core'`],
  ['packages/core/src/x.ts', `import '@holdfast/hub'`],
  ['packages/core/src/x.ts', `import type { A } from '@holdfast/transport-node'; export type B = A`],
  ['packages/core/src/x.ts', `export const x = () => import('@holdfast/server')`],
  ['packages/transport-sse/src/x.ts', `import '@holdfast/core'`],
  ['packages/transport-stream/src/x.ts', `import '@holdfast/core'`],
  ['packages/terminal/src/x.ts', `import '@holdfast/core'`],
  ['packages/hub/src/x.ts', `import '@holdfast/transport-node'`],
  ['packages/hub/src/x.ts', `import '@holdfast/shell'`],
  ['packages/outbox-indexeddb/src/x.ts', `import '@holdfast/hub'`],
  ['packages/outbox-indexeddb/src/x.ts', `import '@holdfast/core/internals'`],
  ['packages/tabs/src/x.ts', `import '@holdfast/hub'`],
  ['packages/tabs/src/x.ts', `import '@holdfast/core/internals'`],
  ['packages/react/src/x.ts', `import '@holdfast/core'`],
  ['packages/react/src/x.ts', `import '@holdfast/hub'`],
  ['packages/server/src/x.ts', `import '@holdfast/hub'`],
  ['packages/server/src/x.ts', `import '@holdfast/shell-host'`],
  ['packages/shell-host/src/x.ts', `import '@holdfast/server'`],
  ['packages/shell-host/src/x.ts', `import '@holdfast/shell'`],
  ['packages/acp-host/src/x.ts', `import '@holdfast/server'`],
  ['packages/acp-host/src/x.ts', `import '@holdfast/shell-host'`],
  ['packages/gate/src/x.ts', `import '@holdfast/log'`],
  ['packages/gate/src/x.ts', `import '@holdfast/server'`],
  ['packages/streams/src/x.ts', `import '@holdfast/server'`],
  ['packages/streams/src/x.ts', `import '@holdfast/hub'`],
  ['packages/server/src/x.ts', `import '@holdfast/streams'`],
  ['packages/chaos-proxy/src/x.ts', `import '@holdfast/core'`],
  ['packages/conformance/src/x.ts', `import '@holdfast/protocol/hub'`],
  ['packages/store-sqlite/src/x.ts', `import '@holdfast/core'`],
  ['packages/store-nats/src/x.ts', `import '@holdfast/server'`],
  ['packages/websocket/src/x.ts', `import '@holdfast/transport-node'`],
  ['packages/websocket/src/x.ts', `import '@holdfast/hub'`],
  ['packages/log/src/x.ts', `import '@holdfast/core'`],
  ['apps/gateway/src/x.ts', `import '@holdfast/core/src/index.ts'`],
] as const
const WITHOUT_NODE = ['packages/contract', 'packages/core', 'packages/shell', 'packages/transport-browser']
const NODE = `import { readFileSync } from 'node:fs'; readFileSync('x')`
const ALLOWED = ['packages/hub/src/x.ts', `import '@holdfast/core'; import '@holdfast/protocol/hub'`] as const

beforeAll(() => {
  copyFileSync(join(root, 'biome.json'), join(place, 'biome.json'))
  const cases = [...FORBIDDEN, ...WITHOUT_NODE.map((name) => [`${name}/src/x.ts`, NODE] as const), ALLOWED]
  for (const [file, line] of cases) {
    mkdirSync(dirname(join(place, file)), { recursive: true })
    writeFileSync(join(place, nameOf(file, line)), `${line}\n`)
  }
  told = lintAll()
})

afterAll(() => rmSync(place, { recursive: true, force: true }))

/** A name of its own for each line in the same folder. */
function nameOf(file: string, line: string): string {
  return file.replace('x.ts', `x${createHash('sha256').update(line).digest('hex').slice(0, 8)}.ts`)
}

function lintAll(): ReadonlyMap<string, string> {
  const program = join(root, 'node_modules/.bin/biome')
  const flags = ['lint', '--diagnostic-level=error', '--max-diagnostics=none', '--reporter=json']
  const { stdout } = spawnSync(program, flags, { cwd: place, encoding: 'utf8' })
  const { diagnostics }: { diagnostics: { category: string; location: { path: string } }[] } = JSON.parse(stdout)
  const all = new Map<string, string>()
  for (const { category, location } of diagnostics)
    all.set(location.path, `${all.get(location.path) ?? ''} ${category}`)
  return all
}

function saysOf(file: string, line: string): string {
  return told.get(nameOf(file, line)) ?? ''
}

it.each(FORBIDDEN)('the package %s may not say %s', (file, line) => {
  expect(saysOf(file, line)).toContain('noRestrictedImports')
})

it.each(WITHOUT_NODE)('the package %s may not use Node', (name) => {
  expect(saysOf(`${name}/src/x.ts`, NODE)).toContain('noNodejsModules')
})

it('the imports that a layer permits pass', () => {
  expect(saysOf(...ALLOWED)).not.toContain('lint/')
})

/** Everything that installing a package of ours brings, itself included. */
function broughtBy(name: string): string[] {
  const seen = new Set<string>()
  const visit = (dependency: string): void => {
    if (seen.has(dependency)) return
    seen.add(dependency)
    if (!dependency.startsWith('@holdfast/')) return
    const file = join(root, 'packages', dependency.slice('@holdfast/'.length), 'package.json')
    const manifest: { dependencies?: Record<string, string> } = JSON.parse(readFileSync(file, 'utf8'))
    for (const next of Object.keys(manifest.dependencies ?? {})) visit(next)
  }
  visit(`@holdfast/${name}`)
  return [...seen]
}

it.each(['store-sqlite', 'store-nats'])('installing @holdfast/%s brings neither ws nor a PTY', (name) => {
  const found = broughtBy(name)
  expect(found).toContain('@holdfast/log')
  expect(found).not.toContain('@holdfast/server')
  expect(found.filter((dependency) => /(^ws$|pty|prom-client)/.test(dependency))).toEqual([])
})

it('@holdfast/shell-host is the only package that brings a PTY', () => {
  const withPty = readdirSync(join(root, 'packages')).filter((name) => broughtBy(name).some((one) => /pty/.test(one)))
  expect(withPty).toEqual(['shell-host'])
})
