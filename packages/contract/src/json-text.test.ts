import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { jsonText } from './json-text.ts'

it('the JSON codec decodes any JSON value and never throws', () => {
  const codec = jsonText()
  expect(codec.decode('{"a":1}')).toEqual({ ok: true, message: { a: 1 } })
  expect(codec.decode('null')).toEqual({ ok: true, message: null })
  expect(codec.decode('{')).toMatchObject({ ok: false, issue: 'not valid JSON' })
  expect(codec.decode(new Uint8Array(1))).toMatchObject({ ok: false, issue: 'expected a text frame, got binary' })
})

it('the JSON codec hands the parsed value to the given parser', () => {
  const codec = jsonText({
    parse: (value) =>
      typeof value === 'number' ? { ok: true, message: value } : { ok: false, issue: 'expected a number', raw: value },
  })
  expect(codec.decode('1')).toEqual({ ok: true, message: 1 })
  expect(codec.decode('"x"')).toMatchObject({ ok: false, issue: 'expected a number' })
})

describe.each([
  ['zod', jsonText({ schema: z.object({ tags: z.array(z.string()), at: z.number() }) })],
  ['valibot', jsonText({ schema: v.object({ tags: v.array(v.string()), at: v.number() }) })],
  ['arktype', jsonText({ schema: type({ tags: 'string[]', at: 'number' }) })],
])('a schema of %s', (_library, codec) => {
  it('types and reads messages', () => {
    expectTypeOf(codec.decode).returns.extract<{ ok: true }>().toEqualTypeOf<{
      readonly ok: true
      readonly message: { tags: string[]; at: number }
      readonly bytes?: number | undefined
    }>()
    expect(codec.decode('{"tags":["a"],"at":1}')).toEqual({ ok: true, message: { tags: ['a'], at: 1 } })
  })

  it('says where a message does not fit, without what was there', () => {
    const decoded = codec.decode('{"tags":["a",{"secret":1}],"at":1}')
    expect(decoded).toMatchObject({ ok: false, issue: 'message.tags.1: does not fit its schema' })
  })
})

it('a schema that throws, or that needs time, is an issue', () => {
  const later = jsonText({ schema: z.string().refine(async () => true) })
  const thrown = jsonText({
    schema: z.string().refine(() => {
      throw new Error('mine')
    }),
  })
  const issue = 'message: its schema gave no answer at once'
  for (const codec of [later, thrown]) expect(codec.decode('"x"')).toMatchObject({ ok: false, issue })
})
