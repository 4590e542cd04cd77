import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { commandName } from './command-name.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-name-'))
const [installed, project] = [join(folder, 'bin'), join(folder, 'project/node_modules/.bin')]
for (const place of [installed, project]) {
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, process.platform === 'win32' ? 'holdfast.cmd' : 'holdfast'), '')
  chmodSync(join(place, process.platform === 'win32' ? 'holdfast.cmd' : 'holdfast'), 0o755)
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('the command line is called by its name where it is on the path, and with npx before it elsewhere', () => {
  expect(commandName(['/nowhere', installed].join(delimiter))).toBe('holdfast')
  expect(commandName('/nowhere')).toBe('npx holdfast')
  expect(commandName('')).toBe('npx holdfast')
})

it('the command name of a gateway ignores folders that npm puts before the path while it runs a script', () => {
  expect(commandName(project)).toBe('npx holdfast')
})
