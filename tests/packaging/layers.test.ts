import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
let place: string

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'holdfast-layers-'))
  copyFileSync(join(root, 'biome.json'), join(place, 'biome.json'))
})

afterEach(() => rmSync(place, { recursive: true, force: true }))

/** What the linter of this repository says of one line in one file. */
function lint(file: string, line: string): string {
  mkdirSync(dirname(join(place, file)), { recursive: true })
  writeFileSync(join(place, file), `${line}\n`)
  try {
    return execFileSync(
      join(root, 'node_modules/.bin/biome'),
      ['lint', '--colors=off', '--diagnostic-level=error', file],
      {
        cwd: place,
        encoding: 'utf8',
        stdio: 'pipe',
      },
    )
  } catch (error) {
    return (error as { stderr: string }).stderr
  }
}

it.each([
  ['packages/contract/src/x.ts', `import '@holdfast/core'`],
  ['packages/core/src/x.ts', `import '@holdfast/hub'`],
  ['packages/core/src/x.ts', `import type { A } from '@holdfast/transport-node'; export type B = A`],
  ['packages/core/src/x.ts', `export const x = () => import('@holdfast/server')`],
  ['packages/transport-sse/src/x.ts', `import '@holdfast/core'`],
  ['packages/transport-stream/src/x.ts', `import '@holdfast/core'`],
  ['packages/terminal/src/x.ts', `import '@holdfast/core'`],
  ['packages/hub/src/x.ts', `import '@holdfast/transport-node'`],
  ['packages/hub/src/x.ts', `import '@holdfast/shell'`],
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
  ['packages/store-sqlite/src/x.ts', `import '@holdfast/core'`],
  ['packages/store-nats/src/x.ts', `import '@holdfast/server'`],
  ['packages/log/src/x.ts', `import '@holdfast/core'`],
  ['apps/gateway/src/x.ts', `import '@holdfast/core/src/index.ts'`],
])('%s may not say %s', (file, line) => {
  expect(lint(file, line)).toContain('noRestrictedImports')
})

it.each(['packages/contract', 'packages/core', 'packages/shell', 'packages/transport-browser'])(
  '%s may not use Node',
  (name) => {
    expect(lint(`${name}/src/x.ts`, `import { readFileSync } from 'node:fs'; readFileSync('x')`)).toContain(
      'noNodejsModules',
    )
  },
)

it('what a layer may import passes', () => {
  expect(lint('packages/hub/src/x.ts', `import '@holdfast/core'; import '@holdfast/protocol/hub'`)).not.toContain(
    'lint/',
  )
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
