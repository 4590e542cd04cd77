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
    expect(readContexts(file)).toMatchObject({ current: 'work', all: [WORK], issues: [] })
  })
})

it('a file of contexts that cannot be read is named, and kept beside the one that replaces it', () => {
  inFolder((folder) => {
    const file = join(folder, 'contexts.json')
    writeFileSync(file, ' ')
    expect(readContexts(file)).toEqual({ current: undefined, all: [] })
    for (const text of ['{"contexts": [{"name": "a"', 'null', '[]']) {
      writeFileSync(file, text)
      const issues = [`${file}: expected an object as JSON; it is kept when it is replaced`]
      expect(readContexts(file)).toEqual({ current: undefined, all: [], issues })
      writeContexts(withContext(readContexts(file), WORK), file)
      expect(readContexts(file)).toMatchObject({ current: 'work', all: [WORK], issues: [] })
      expect(readFileSync(`${file}.damaged`, 'utf8')).toBe(text)
      expect(statSync(`${file}.damaged`).mode & 0o777).toBe(0o600)
    }
  })
})

it('a context that does not fit is named and passed over, and the next login loses nothing of it', () => {
  inFolder((folder) => {
    const file = join(folder, 'contexts.json')
    const odd = [1, { name: 'a' }, { name: 'b', url: 'http://b', token: 7 }]
    writeFileSync(file, JSON.stringify({ current: 9, contexts: [...odd, { ...WORK, color: 'red' }], theme: 'dark' }))
    const read = readContexts(file)
    expect(read).toMatchObject({ current: undefined, all: [WORK] })
    expect(read.issues).toEqual([
      `${file}.current: expected string, got number`,
      `${file}: contexts[0]: expected object, got number`,
      `${file}: contexts[1].url: expected string, got undefined`,
      `${file}: contexts[2].token: expected string, got number`,
    ])
    writeContexts(withContext(read, { name: 'home', url: 'http://h' }), file)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      ...{ theme: 'dark', current: 'home' },
      contexts: [{ ...WORK, color: 'red' }, { name: 'home', url: 'http://h' }, ...odd],
    })
    writeFileSync(file, '{"contexts": {"a": 1}}')
    expect(readContexts(file).issues).toEqual([`${file}.contexts: expected array, got object`])
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
