import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '../..')
const lockfile = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')

/** Tools that ship a binary for each system: a registry that lags leaves some out without a word. */
it.each([
  '@biomejs/cli-',
  '@esbuild/',
  '@turbo/',
  '@typescript/typescript-',
  '@rolldown/binding-',
  '@lydell/node-pty-',
])('the lockfile has the %s binaries of macOS and Windows', (prefix) => {
  expect(lockfile).toContain(`'${prefix}darwin-arm64`)
  expect(lockfile).toMatch(new RegExp(`'${prefix}(win32-x64|windows-64)`))
})

it('the lockfile names every package of the workspace: pnpm leaves out one without dependencies, and then installs nothing', () => {
  const { packages }: { readonly packages: readonly string[] } = parse(
    readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'),
  )
  const folders = packages.flatMap((pattern) =>
    pattern.endsWith('/*')
      ? readdirSync(join(root, pattern.slice(0, -2))).map((name) => pattern.replace('*', name))
      : [pattern],
  )
  const members = folders.filter((folder) => existsSync(join(root, folder, 'package.json')))
  expect(members.length).toBeGreaterThan(30)
  expect(members.filter((folder) => !lockfile.includes(`\n  ${folder}:\n`))).toEqual([])
})
