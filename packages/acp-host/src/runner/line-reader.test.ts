import { expect, it } from 'vitest'
import { LineReader } from './line-reader.ts'

it('parts bytes into lines wherever they are cut, also within a character', () => {
  const bytes = Buffer.from('one\n\nzwölf€\nrest')
  for (let cut = 1; cut < bytes.length; cut++) {
    const reader = new LineReader(100)
    const found = [reader.read(bytes.subarray(0, cut), 0), reader.read(bytes.subarray(cut), cut)].flat()
    expect(found).toEqual([
      { text: 'one', end: 4 },
      { text: '', end: 5 },
      { text: 'zwölf€', end: 15 },
    ])
  }
})

it('a line that is longer than it may be is reported, however it comes', () => {
  const reader = new LineReader(8)
  expect(reader.read(Buffer.from('12345678'), 0)).toEqual([])
  expect(reader.read(Buffer.from('9'), 8)).toBe('too-long')
})
