import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readShell } from './readers.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shells-'))
  for (const name of ['own-shell', 'with blanks']) {
    writeFileSync(join(folder, name), '#!/bin/sh\n')
    chmodSync(join(folder, name), 0o755)
  }
  writeFileSync(join(folder, 'text'), 'no program')
  vi.stubEnv('PATH', `/nowhere:relative:${folder}`)
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

describe('the program of shells', () => {
  it.each([
    ['own-shell -l', 'own-shell', ['-l']],
    ['"own-shell" --rcfile "a b"', 'own-shell', ['--rcfile', 'a b']],
  ])('%j is found in PATH', (text, name, args) => {
    expect(readShell(text)).toEqual({ program: join(folder, name), args })
  })

  it('is a path as it stands, with blanks or arguments', () => {
    expect(readShell(join(folder, 'with blanks'))).toEqual({ program: join(folder, 'with blanks'), args: [] })
    expect(readShell(`${folder}/own-shell -i`)).toEqual({ program: join(folder, 'own-shell'), args: ['-i'] })
  })

  it('is refused where it is not there, with the reason', () => {
    expect(() => readShell('nosuchshell -l')).toThrow('"nosuchshell" is in no folder of PATH')
    expect(() => readShell('/nowhere/shell -l')).toThrow('"/nowhere/shell" is not there')
    expect(() => readShell('text')).toThrow('"text" is not an executable file')
    expect(() => readShell('"unfinished')).toThrow('got "\\"unfinished"')
  })
})
