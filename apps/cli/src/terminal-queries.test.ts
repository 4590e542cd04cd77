import { expect, it } from 'vitest'
import { withoutQueries } from './terminal-queries.ts'

const filtered = (text: string): string => Buffer.from(withoutQueries(Buffer.from(text))).toString()

it.each([
  '\x1b[c',
  '\x1b[>c',
  '\x1b[=0c',
  '\x1b[5n',
  '\x1b[6n',
  '\x1b[?6n',
  '\x1b[?2026$p',
  '\x1b[>0q',
  '\x1b[?u',
  '\x1b[18t',
  '\x1bZ',
  '\x1b]11;?\x07',
  '\x1b]4;1;?\x1b\\',
  '\x1bP$qm\x1b\\',
])('takes the question %j out of a replay', (query) => {
  expect(filtered(`before${query}after`)).toBe('beforeafter')
})

it.each(['\x1b[31mred\x1b[0m', '\x1b[2J\x1b[1;1H', '\x1b[?1049h', '\x1b]0;title\x07', '\x1b[8;24;80t', 'grüße 😀'])(
  'leaves %j as it is',
  (text) => {
    expect(filtered(text)).toBe(text)
  },
)

it('leaves bytes that are no text as they are', () => {
  const bytes = Uint8Array.from([0x1b, 0xff, 0x00, 0x80, 0xc3])
  expect([...withoutQueries(bytes)]).toEqual([...bytes])
})
