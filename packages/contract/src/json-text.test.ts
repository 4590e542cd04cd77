import { expect, it } from 'vitest'
import { jsonText } from './json-text.ts'

it('decodes any JSON value and never throws', () => {
  const codec = jsonText()
  expect(codec.decode('{"a":1}')).toEqual({ ok: true, message: { a: 1 } })
  expect(codec.decode('null')).toEqual({ ok: true, message: null })
  expect(codec.decode('{')).toMatchObject({ ok: false, issue: 'not valid JSON' })
  expect(codec.decode(new Uint8Array(1))).toMatchObject({ ok: false, issue: 'expected a text frame, got binary' })
})

it('hands the parsed value to the given parser', () => {
  const codec = jsonText({
    parse: (value) =>
      typeof value === 'number' ? { ok: true, message: value } : { ok: false, issue: 'expected a number', raw: value },
  })
  expect(codec.decode('1')).toEqual({ ok: true, message: 1 })
  expect(codec.decode('"x"')).toMatchObject({ ok: false, issue: 'expected a number' })
})
