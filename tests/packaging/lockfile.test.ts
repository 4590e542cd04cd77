import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const lockfile = readFileSync(join(import.meta.dirname, '../../pnpm-lock.yaml'), 'utf8')

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
