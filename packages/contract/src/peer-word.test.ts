import { expect, it } from 'vitest'
import { OpenError, type OpenErrorDetails } from './errors.ts'
import { peerWord } from './peer-word.ts'

it.each([
  [
    '{"error":{"code":"hub/not_found","message":"no such session"}}',
    { code: 'hub/not_found', message: 'no such session' },
  ],
  [
    '{"kind":"Status","apiVersion":"v1","reason":"NotFound","message":"gone","code":404}',
    { code: 'NotFound', message: 'gone' },
  ],
  ['{"kind":"Status","apiVersion":"v1","code":404}', { code: '404', message: '' }],
])("the reader of a peer's word hears the peer's own word in %s", (body, word) => {
  expect(peerWord(body)).toEqual(word)
})

it.each([
  undefined,
  '',
  '404 page not found',
  '<html>',
  '{"error":{"code":404,"message":"not found"}}',
  '{"error":{"code":"NOT_FOUND"}}',
  '{"error":"hub/not_found"}',
  '{"kind":"Status"}',
  '{',
  'null',
])('the reader of a peer’s word takes %s for no word of the peer', (body) => {
  expect(peerWord(body)).toBeUndefined()
})

it('a refusal with a body has to say whose word that is', () => {
  const body = 'not here'
  const without = { status: 404, body }
  // @ts-expect-error a body without its word
  const wrong: OpenErrorDetails = without
  expect(wrong).toBe(without)
  expect(new OpenError('refused', { status: 404, body, word: undefined }).details.body).toBe(body)
})
