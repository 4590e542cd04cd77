import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isKnownSessionMessage,
  isSessionAuthFrame,
  isSessionControlCancel,
  isSessionControlRequest,
  isSessionControlResponse,
  isSessionPermissionAnswer,
  isSessionPermissionRequest,
  isSessionSetPermissionMode,
  parseSessionsSubscribeUrl,
  type SessionMessage,
  sessionAuthFrame,
  sessionControlIssue,
  sessionMessageUuid,
  sessionsCloseMeaning,
  sessionsCodec,
  sessionsHeaders,
  sessionsSubscribeUrl,
} from '../src/sessions/index.ts'

const stream: readonly SessionMessage[] = [
  { type: 'assistant', message: { content: [] }, parent_tool_use_id: null, uuid: 'u1', session_id: 's' },
  { type: 'user', message: { content: 'hi' } },
  { type: 'result', subtype: 'success', total_cost_usd: 0 },
  { type: 'system', subtype: 'init', tools: [] },
  { type: 'stream_event', event: { type: 'content_block_delta' }, uuid: 'u2' },
]
const requests: readonly SessionMessage[] = [
  {
    type: 'control_request',
    request_id: 'r',
    request: { subtype: 'can_use_tool', tool_name: 'Bash', input: {}, tool_use_id: 't' },
  },
  { type: 'control_request', request_id: 'r', request: { subtype: 'interrupt' } },
  { type: 'control_request', request_id: 'r', request: { subtype: 'set_permission_mode', mode: 'plan' } },
  { type: 'control_request', request_id: 'r', request: { subtype: 'set_model', model: null } },
  { type: 'control_request', request_id: 'r', request: { subtype: 'initialize' } },
  { type: 'control_request', request_id: 'r', request: { subtype: 'future', of: 1 } },
]
const responses: readonly SessionMessage[] = [
  { type: 'control_response', response: { subtype: 'success', request_id: 'r', response: { a: 1 } } },
  { type: 'control_response', response: { subtype: 'success', request_id: 'r' } },
  { type: 'control_response', response: { subtype: 'error', request_id: 'r', error: 'no' } },
]
const cancel: SessionMessage = { type: 'control_cancel_request', request_id: 'r' }
const all = [...stream, ...requests, ...responses, cancel, sessionAuthFrame('t'), { type: 'later', x: [1] }]

it.each(all.map((message) => [message.type, message]))('the sessions protocol carries %s unchanged', (_, message) => {
  const frame = sessionsCodec.encode(message)
  expect(typeof frame === 'string' ? sessionsCodec.decode(frame) : frame).toEqual({ ok: true, message })
})

it.each([
  ['null', 'message: expected object, got null'],
  ['[]', 'message: expected object, got array'],
  ['{}', 'message.type: expected string, got undefined'],
  ['{"type":1}', 'message.type: expected string, got number'],
  ['{', 'not valid JSON'],
])('the sessions protocol reports %s', (frame, issue) => {
  expect(sessionsCodec.decode(frame)).toMatchObject({ ok: false, issue })
})

it('the sessions protocol takes exactly the objects with a string type, and never throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.record({ type: fc.jsonValue() })), (value) => {
      const takes =
        typeof value === 'object' && value !== null && !Array.isArray(value) && typeof value['type'] === 'string'
      const decoded = sessionsCodec.decode(JSON.stringify(value))
      expect(decoded.ok).toBe(takes)
      if (!decoded.ok) expect(decoded.issue).toMatch(/^[\x20-\x7e]{1,200}$/)
      if (decoded.ok) sessionControlIssue(decoded.message)
    }),
  )
  fc.assert(fc.property(fc.oneof(fc.string(), fc.uint8Array()), (frame) => void sessionsCodec.decode(frame)))
})

describe('guards', () => {
  it('accept what is complete', () => {
    expect(stream.every(isKnownSessionMessage)).toBe(true)
    expect(requests.every(isSessionControlRequest)).toBe(true)
    expect(responses.every(isSessionControlResponse)).toBe(true)
    expect(isSessionControlCancel(cancel)).toBe(true)
    expect(isSessionAuthFrame(sessionAuthFrame('t'))).toBe(true)
    expect(isSessionPermissionRequest({ subtype: 'can_use_tool', tool_name: 'Bash', input: {} })).toBe(true)
    expect(isSessionSetPermissionMode({ subtype: 'set_permission_mode', mode: 'plan' })).toBe(true)
    expect(isSessionPermissionAnswer({ behavior: 'allow' })).toBe(true)
    expect(isSessionPermissionAnswer({ behavior: 'deny', message: 'no', interrupt: true })).toBe(true)
    expect(all.map(sessionControlIssue).every((issue) => issue === undefined)).toBe(true)
  })

  it('refuse what is not', () => {
    expect(isKnownSessionMessage({ type: 'assistant' })).toBe(false)
    expect(isKnownSessionMessage({ type: 'later' })).toBe(false)
    expect(isSessionControlRequest({ type: 'control_request', request: { subtype: 'interrupt' } })).toBe(false)
    expect(
      isSessionControlResponse({ type: 'control_response', response: { subtype: 'maybe', request_id: 'r' } }),
    ).toBe(false)
    expect(
      isSessionControlResponse({
        type: 'control_response',
        response: { subtype: 'success', request_id: 'r', response: 5 },
      }),
    ).toBe(false)
    expect(isSessionControlCancel({ type: 'control_cancel_request' })).toBe(false)
    expect(isSessionAuthFrame({ type: 'auth', credential: { type: 'oauth' } })).toBe(false)
    expect(isSessionPermissionAnswer({ behavior: 'deny' })).toBe(false)
    expect(isSessionPermissionAnswer({ behavior: 'deny', message: 'no', interrupt: 'yes' })).toBe(false)
    expect(isSessionPermissionAnswer({ behavior: 'ask' })).toBe(false)
  })

  it('say what a broken control message lacks', () => {
    expect(sessionControlIssue({ type: 'control_request' })).toBe(
      'message(control_request).request_id: expected string, got undefined',
    )
  })

  it('name a message by its uuid', () => {
    expect(sessionMessageUuid({ uuid: 'u' })).toBe('u')
    expect(sessionMessageUuid({ uuid: 5 })).toBeUndefined()
  })
})

it('the sessions protocol knows what a close means', () => {
  expect([4003, 4001, 1006, 4000, undefined].map(sessionsCloseMeaning)).toEqual([
    'stop',
    'missing',
    'dropped',
    'dropped',
    'dropped',
  ])
})

it('the sessions protocol writes subscribe URLs that it reads', () => {
  expect(sessionsSubscribeUrl('https://h/', { sessionId: 's', organizationId: 'o' })).toBe(
    'wss://h/v1/sessions/ws/s/subscribe?organization_uuid=o',
  )
  const name = fc.string({ minLength: 1 }).filter((text) => text !== '.' && text !== '..')
  const subscription = fc.record(
    { sessionId: name, organizationId: name, after: name },
    { requiredKeys: ['sessionId'] },
  )
  fc.assert(
    fc.property(subscription, (subscription) => {
      const url = new URL(sessionsSubscribeUrl('wss://h', subscription))
      expect(parseSessionsSubscribeUrl(url.pathname, url.search)).toEqual(subscription)
    }),
  )
  for (const path of [
    '/',
    '/v1/sessions/ws//subscribe',
    '/v1/sessions/ws/%E0/subscribe',
    '/v1/sessions/ws/a/b/subscribe',
  ]) {
    expect(parseSessionsSubscribeUrl(path)).toBeUndefined()
  }
})

it('the sessions protocol authenticates by header', () => {
  expect(sessionsHeaders('t')).toEqual({ authorization: 'Bearer t', 'anthropic-version': '2023-06-01' })
})
