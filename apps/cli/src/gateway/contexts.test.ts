import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { contextsFile, readContexts, withContext, withoutContext, writeContexts } from './contexts.ts'

function inFolder(run: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-contexts-'))
  try {
    run(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const WORK = { name: 'work', url: 'https://hub.example', token: 't' }

it('the file of contexts and its folder are for their owner alone, also where they were not before', () => {
  inFolder((folder) => {
    const file = join(folder, 'holdfast', 'contexts.json')
    writeContexts(withContext(readContexts(file), WORK), file)
    expect(statSync(join(folder, 'holdfast')).mode & 0o777).toBe(0o700)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    writeFileSync(file, readFileSync(file), { mode: 0o644 })
    writeContexts(readContexts(file), file)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readContexts(file)).toEqual({ current: 'work', all: [WORK] })
  })
})

it('a file of contexts that is cut, empty or of something else is one that is not there', () => {
  inFolder((folder) => {
    const file = join(folder, 'contexts.json')
    for (const text of ['', '{"contexts": [{"name": "a"', 'null', '[]', '{"contexts": [1, {"name": "a"}]}']) {
      writeFileSync(file, text)
      expect(readContexts(file)).toEqual({ current: undefined, all: [] })
    }
  })
})

it('the last login is the current one, until it is removed', () => {
  const home = { name: 'home', url: 'http://127.0.0.1:4600' }
  const both = withContext(withContext({ current: undefined, all: [] }, WORK), home)
  expect(both).toEqual({ current: 'home', all: [WORK, home] })
  expect(withContext(both, { ...WORK, token: 'u' }).all).toHaveLength(2)
  expect(withoutContext(both, 'work').current).toBe('home')
  expect(withoutContext(both, 'home')).toEqual({ current: undefined, all: [WORK] })
})

it('contexts are kept in the folder for settings of this user', () => {
  expect(contextsFile({ HOME: '/home/me' })).toBe('/home/me/.config/holdfast/contexts.json')
  expect(contextsFile({ HOME: '/home/me', XDG_CONFIG_HOME: '/settings' })).toBe('/settings/holdfast/contexts.json')
})
