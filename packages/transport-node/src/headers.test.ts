import { expect, test } from 'vitest'
import { visibleHeaders } from './headers.ts'

test('keeps headers as text under their lower-case names', () => {
  expect(visibleHeaders({ 'x-request-id': '7', 'x-many': ['a', 'b'], gone: undefined })).toEqual({
    'x-request-id': '7',
    'x-many': 'a, b',
  })
})

test('drops cookies, credentials and challenges', () => {
  const headers = {
    'set-cookie': ['session=1'],
    authorization: 'Bearer 1',
    'www-authenticate': 'Negotiate abc',
    'proxy-authenticate': 'Basic',
    'x-session-token': '1',
  }
  expect(visibleHeaders(headers)).toEqual({})
})

test('takes credentials out of a redirection', () => {
  expect(visibleHeaders({ location: 'https://login.test/?token=abc&next=1' })).toEqual({
    location: 'https://login.test/?token=***&next=1',
  })
})
