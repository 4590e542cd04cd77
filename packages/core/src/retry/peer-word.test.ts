import { OpenError } from '@holdfast/contract'
import { expect, it } from 'vitest'
import type { Cause } from '../client-protocol.ts'
import { peerWord } from './peer-word.ts'

const answered = (body: string | undefined): Cause => ({
  kind: 'dial',
  status: 404,
  error: new OpenError('refused', { status: 404, body }),
})

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
])("hears the peer's own word in %s", (body, word) => {
  expect(peerWord(answered(body))).toEqual(word)
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
])('hears nobody in %s', (body) => {
  expect(peerWord(answered(body))).toBeUndefined()
})

it('hears nobody where nothing answered', () => {
  expect(peerWord({ kind: 'deadline', phase: 'dial' })).toBeUndefined()
  expect(peerWord({ kind: 'dial', error: 'x' })).toBeUndefined()
})
