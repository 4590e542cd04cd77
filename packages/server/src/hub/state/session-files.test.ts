import { expect, it } from 'vitest'
import { SessionFiles } from './session-files.ts'

const limits = { maxFiles: 4, maxFileBytes: 100_000 }

it('the files of a session are bounded in bytes, whatever their characters', () => {
  const files = new SessionFiles(limits)
  const text = '漢'.repeat(10_000)
  while (files.hasRoomFor('a', 'append', text)) files.apply('a', 'append', text)
  expect(Buffer.byteLength(files.get('a') ?? '')).toBe(90_000)
  expect(files.hasRoomFor('a', 'write', text.repeat(3))).toBe(true)
  expect(files.hasRoomFor('a', 'write', text.repeat(4))).toBe(false)
})

it('files are what was written and appended, also behind a snapshot', () => {
  const files = new SessionFiles(limits)
  const lines = Array.from({ length: 1_000 }, (_, n) => `${n}\n`)
  for (const line of lines) files.apply('log', 'append', line)
  files.apply('empty', 'write', '')
  files.apply('new', 'append', 'before')
  files.apply('new', 'write', 'after')
  const again = new SessionFiles(limits)
  again.restore(files.toJSON())
  for (const one of [files, again]) {
    expect(one.paths).toEqual(['log', 'empty', 'new'])
    expect(one.paths.map((path) => one.get(path))).toEqual([lines.join(''), '', 'after'])
  }
  for (const path of files.paths) files.apply(path, 'write', '')
  expect(files.bytes).toBe(96)
})

it('a snapshot has few pieces of a file, however many lines it has', () => {
  const files = new SessionFiles(limits)
  for (let n = 0; n < 2_000; n++) files.apply('log', 'append', 'x\n')
  expect(files.toJSON()[0]?.[1].length).toBeLessThan(300)
})
