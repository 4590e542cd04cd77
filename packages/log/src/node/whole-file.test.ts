import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { writeWhole } from './whole-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-whole-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('a small file is replaced as a whole, for its owner alone, and nothing is left beside it', () => {
  const path = join(folder, 'a.json')
  writeFileSync(path, 'old')
  writeWhole(path, '{"new":true}')
  expect(readFileSync(path, 'utf8')).toBe('{"new":true}')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['a.json'])
})

it('a file that has to be new leaves the one that is there', () => {
  const path = join(folder, 'a.json')
  expect(() => writeWhole(path, 'other', { how: 'new' })).toThrow(expect.objectContaining({ code: 'EEXIST' }))
  expect(readFileSync(path, 'utf8')).toBe('{"new":true}')
  expect(readdirSync(folder)).toEqual(['a.json'])
})

it('a file that cannot be written keeps its old content, and leaves no draft', () => {
  const path = join(folder, 'taken')
  mkdirSync(join(path, 'inside'), { recursive: true })
  expect(() => writeWhole(path, 'text')).toThrow()
  expect(readdirSync(folder).sort()).toEqual(['a.json', 'taken'])
})
