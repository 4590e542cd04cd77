import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Tokenizer } from '../src/index.ts'
import { bytesOf, cut, cuts, output, plain, textOf } from './support.ts'

it('the tokenizer gives the same tokens for output cut anywhere', () => {
  fc.assert(
    fc.property(output, cuts, (bytes, sizes) => {
      const whole = new Tokenizer()
      const pieces = new Tokenizer()
      const expected = [...whole.push(bytes), ...whole.flush()]
      const actual = [...cut(bytes, sizes).flatMap((piece) => pieces.push(piece)), ...pieces.flush()]
      expect(plain(actual)).toEqual(plain(expected))
    }),
    { numRuns: 400 },
  )
})

it('the tokenizer loses no byte, and says how many are open', () => {
  fc.assert(
    fc.property(output, (bytes) => {
      const tokenizer = new Tokenizer()
      const tokens = tokenizer.push(bytes)
      expect(tokenizer.pending).toHaveLength(tokenizer.pendingBytes)
      const all = Buffer.concat([...tokens.map((token) => token.bytes), tokenizer.pending])
      // A control character inside a sequence comes before it.
      expect(all.toSorted()).toEqual(Buffer.from(bytes).toSorted())
    }),
  )
})

it.each([
  ['\x1b[?1;2$p', { kind: 'csi', prefix: '?', parameters: '1;2', intermediates: '$', final: 'p' }],
  ['\x1b[5 q', { kind: 'csi', prefix: '', parameters: '5', intermediates: ' ', final: 'q' }],
  ['\xc2\x9b4:3m', { kind: 'csi', parameters: '4:3', final: 'm' }],
  ['\x1b(0', { kind: 'escape', intermediates: '(', final: '0' }],
  ['\x9b5 q', { kind: 'stray' }],
  ['\x9a', { kind: 'stray' }],
  ['\xc2\x9a', { kind: 'control', code: 0x9a }],
  ['\xc2\x85', { kind: 'control', code: 0x85 }],
  ['\x1b]0;x\x9cy\x07', { kind: 'string', opener: 'osc', head: '0;x\x9cy', part: 'whole' }],
  ['\xc2\x9d0;x\xc2\x9c', { kind: 'string', opener: 'osc', head: '0;x', part: 'whole' }],
  ['\x1bP+q544e\x1b\\', { kind: 'string', opener: 'dcs', head: '+q544e' }],
  ['\x1b[12\x18', { kind: 'ignored' }],
  ['\x1b[1?2m', { kind: 'ignored' }],
])('the tokenizer reads %j', (text, expected) => {
  expect(new Tokenizer().push(bytesOf(text))[0]).toMatchObject(expected)
})

it('the tokenizer does not take a byte of a UTF-8 character for a C1 character', () => {
  for (const character of ['\u{1f6db}', 'ě', '’', '\u{85b}']) {
    expect(plain(new Tokenizer().push(new TextEncoder().encode(`${character}6n`)))).toMatchObject([{ kind: 'text' }])
  }
})

it('the tokenizer carries out a control character inside a sequence before the sequence', () => {
  const tokens = new Tokenizer().push(bytesOf('\x1b[1\n;2H'))
  expect(tokens).toMatchObject([
    { kind: 'control', code: 10 },
    { kind: 'csi', parameters: '1;2' },
  ])
})

it('the tokenizer gives a string that is longer than the bound in parts, and a sequence not at all', () => {
  const tokenizer = new Tokenizer({ maxStringBytes: 8, maxSequenceBytes: 8 })
  const tokens = tokenizer.push(bytesOf(`\x1b]52;c;${'A'.repeat(20)}\x07\x1b[${'1;'.repeat(20)}m\x1b[1m`))
  expect(tokens.filter(({ kind }) => kind === 'string')).toMatchObject([
    { part: 'first', head: '52;c;A' },
    { part: 'middle', head: '52;c;A' },
    { part: 'middle' },
    { part: 'last' },
  ])
  expect(tokens.filter(({ kind }) => kind === 'csi')).toHaveLength(1)
  expect(tokens.every(({ bytes }) => bytes.length <= 9)).toBe(true)
  expect(textOf(Buffer.concat(tokens.map(({ bytes }) => bytes)))).toContain('A'.repeat(7))
})
