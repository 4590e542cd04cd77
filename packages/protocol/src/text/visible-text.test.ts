import { expect, it } from 'vitest'
import { visibleText } from './visible-text.ts'

it.each([
  ['overrides of direction', 'echo \u202Ehs.x ; lme\u2066', 'echo <U+202E>hs.x ; lme<U+2066>'],
  ['marks of direction', 'a\u200Eb\u200Fc\u061Cd', 'a<U+200E>b<U+200F>c<U+061C>d'],
  ['characters without width', 'rm\u200B -rf\u2060 \uFEFF/', 'rm<U+200B> -rf<U+2060> <U+FEFF>/'],
  ['soft hyphens', 'a\u00ADb', 'a<U+00AD>b'],
  ['tag characters', 'x\u{E0041}\u{E0042}', 'x<U+E0041><U+E0042>'],
  ['variation selectors', 'x\uFE0F\u{E0101}', 'x<U+FE0F><U+E0101>'],
  ['controls, escape among them', '\u001B[31m\u009B1A\u007F\r\b', '<U+001B>[31m<U+009B>1A<U+007F><U+000D><U+0008>'],
  ['separators', 'a\u2028b\u2029c', 'a<U+2028>b<U+2029>c'],
  ['blanks that are no spaces', 'a\u00A0b\u3000c', 'a<U+00A0>b<U+3000>c'],
  ['fillers', 'a\u3164b\u115Fc', 'a<U+3164>b<U+115F>c'],
  ['half a surrogate pair', 'a\uD83Db', 'a<U+D83D>b'],
])('visible text makes visible: %s', (_what, text, shown) => {
  expect(visibleText(text)).toBe(shown)
})

it('visible text keeps characters that can be seen, in every script', () => {
  const text = 'make test\n\tnaïve 日本語 עברית العربية 👍🏽 e\u0301'
  expect(visibleText(text)).toBe(text)
})

it('visible text shows a long run of blanks as a number, so that what follows stays in sight', () => {
  expect(visibleText(`make test ${' '.repeat(4_100)}; rm x`)).toBe('make test<4,101 blanks>; rm x')
  expect(visibleText(`a${'\n '.repeat(100)}\nb`)).toBe('a<201 blank lines and blanks>b')
  expect(visibleText(`a${' '.repeat(40)}b`)).toBe(`a${' '.repeat(40)}b`)
})

it('visible text takes linear time for text of the largest frame', () => {
  const text = `${'\n'.repeat(500_000)}x${' '.repeat(500_000)}\u202E`
  expect(visibleText(text).length).toBeLessThan(100)
})
