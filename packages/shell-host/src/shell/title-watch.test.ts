import { expect, it } from 'vitest'
import { TitleWatch } from './title-watch.ts'

function titleOf(text: string, pieceBytes = Number.POSITIVE_INFINITY): string | undefined {
  const watch = new TitleWatch()
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += pieceBytes) watch.feed(bytes.subarray(at, at + pieceBytes))
  return watch.text
}

it.each([
  ['OSC 0 with BEL', '\u001B]0;vim notes.md\u0007', 'vim notes.md'],
  ['OSC 2 with ST, between other output', 'ls\r\n\u001B[1m\u001B]2;ada@host: ~\u001B\\$ ', 'ada@host: ~'],
  ['the last of two', '\u001B]0;one\u0007x\u001B]0;two\u0007', 'two'],
  ['characters of several bytes', '\u001B]0;größe ✓ 中\u0007', 'größe ✓ 中'],
  ['one that begins where another was abandoned', '\u001B]0;lost\u001B]2;kept\u0007', 'kept'],
])('a title is read whole and in pieces of any size: %s', (_name, text, title) => {
  for (const pieceBytes of [1, 2, 3, 7, 1_000]) expect(titleOf(text, pieceBytes)).toBe(title)
})

it.each([
  ['the icon alone', '\u001B]1;icon\u0007'],
  ['a clipboard', '\u001B]52;c;aGk=\u0007'],
  ['a link', '\u001B]8;;https://a.example\u001B\\text'],
  ['one without an end', '\u001B]0;never'],
  ['one that is abandoned', '\u001B]0;half\u001B[2J'],
])('output that is no title leaves the title as it is: %s', (_name, text) => {
  expect(titleOf(text)).toBeUndefined()
})

it('an empty title of a terminal is no title any more', () => {
  expect(titleOf('\u001B]0;one\u0007\u001B]0;\u0007')).toBeUndefined()
})

it('a title loses characters that are invisible or change direction, and stays bounded without an end', () => {
  expect(titleOf('\u001B]0;a\tb\u202Ec\u200Bd\u0007')).toBe('abcd')
  expect(titleOf(`\u001B]0;${'x'.repeat(1_000_000)}\u0007`)).toBe('x'.repeat(200))
})
