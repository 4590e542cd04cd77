import { expect, it } from 'vitest'
import {
  acpSessionOf,
  jsonRpcIdKey,
  jsonRpcRefusalOf,
  parseAcpWireMessage,
  parseJsonRpcMessage,
  withAcpMeta,
  withoutAcpMeta,
} from './index.ts'

it.each([
  ['a request with id 0', { jsonrpc: '2.0', id: 0, method: 'm' }],
  ['a request with an empty id', { jsonrpc: '2.0', id: '', method: 'm' }],
  ['a request with id null', { jsonrpc: '2.0', id: null, method: 'm' }],
  ['a notification', { jsonrpc: '2.0', method: 'm', params: {} }],
  ['a result of null', { jsonrpc: '2.0', id: 1, result: null }],
  ['an error', { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'no' } }],
])('the reader of JSON-RPC takes %s', (_what, message) => {
  expect(parseJsonRpcMessage(message)).toEqual({ ok: true, message })
  expect(jsonRpcRefusalOf(message)).toBeUndefined()
})

it.each<[string, unknown, unknown]>([
  ['a batch', [{ jsonrpc: '2.0', id: 1, method: 'm' }], null],
  ['a bare value', 7, null],
  ['an object that is nothing', {}, null],
  ['a request of another version', { jsonrpc: '1.0', id: 3, method: 'm' }, 3],
  ['a request whose id is an object', { jsonrpc: '2.0', id: {}, method: 'm' }, null],
])('the JSON-RPC reader answers %s with one -32600', (_what, value, id) => {
  expect(jsonRpcRefusalOf(value)).toMatchObject({ jsonrpc: '2.0', id, error: { code: -32600 } })
})

it('the reader of JSON-RPC keeps ids apart that look alike', () => {
  expect(new Set([1, '1', '', null, 'null', 0].map(jsonRpcIdKey)).size).toBe(6)
})

it('the reader of JSON-RPC finds the session that a message is about', () => {
  expect(acpSessionOf({ jsonrpc: '2.0', id: 1, method: 'session/prompt', params: { sessionId: 's' } })).toBe('s')
  expect(acpSessionOf({ jsonrpc: '2.0', id: 1, result: { sessionId: 's' } })).toBe('s')
  expect(acpSessionOf({ jsonrpc: '2.0', id: 1, result: null })).toBeUndefined()
})

it('the reader of JSON-RPC distinguishes a frame of the extension from a message', () => {
  expect(parseAcpWireMessage({ type: 'ack', through: 3 }).ok).toBe(true)
  expect(parseAcpWireMessage({ type: 'message', n: 1, message: { jsonrpc: '2.0', method: 'm' } }).ok).toBe(true)
  expect(parseAcpWireMessage({ type: 'message', n: 1, message: { jsonrpc: '2.0' } })).toMatchObject({ ok: false })
  expect(parseAcpWireMessage({ jsonrpc: '2.0', method: 'm', type: 'ack' }).ok).toBe(true)
})

it('the reader of JSON-RPC takes its member of _meta out again, and nothing else', () => {
  const offer = { v: 1, epoch: 'e', resumed: false } as const
  expect(withoutAcpMeta(withAcpMeta({ a: 1 }, offer))).toEqual({ a: 1 })
  expect(withoutAcpMeta(withAcpMeta({ a: 1, _meta: { theirs: 2 } }, offer))).toEqual({ a: 1, _meta: { theirs: 2 } })
  expect(withoutAcpMeta(withAcpMeta(undefined, offer))).toEqual({})
})
