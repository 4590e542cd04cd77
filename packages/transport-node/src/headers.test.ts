import { expect, test } from 'vitest'
import { openingHeaders, visibleHeaders } from './headers.ts'

test('the reader of headers keeps headers as text under their lower-case names', () => {
  expect(visibleHeaders({ 'x-request-id': '7', 'x-many': ['a', 'b'], gone: undefined })).toEqual({
    'x-request-id': '7',
    'x-many': 'a, b',
  })
})

test('the reader of headers drops cookies, credentials and challenges', () => {
  const headers = {
    'set-cookie': ['session=1'],
    authorization: 'Bearer 1',
    'www-authenticate': 'Negotiate abc',
    'proxy-authenticate': 'Basic',
    'x-session-token': '1',
  }
  expect(visibleHeaders(headers)).toEqual({})
})

test('the reader of headers takes credentials out of a redirection', () => {
  expect(visibleHeaders({ location: 'https://login.test/?token=abc&next=1' })).toEqual({
    location: 'https://login.test/?token=***&next=1',
  })
})

test('the reader of headers leaves out of an opening what every upgrade says', () => {
  const headers = { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-accept': 'x', 'x-node': '7' }
  expect(openingHeaders(headers)).toEqual({ 'x-node': '7' })
  expect(visibleHeaders(headers)).toEqual(headers)
})
