import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isKnownTrackerClientMessage,
  type TrackerClientMessage,
  type TrackerServerFrame,
  trackerClientCodec,
  trackerServerCodec,
  trackerWebSocketUrl,
} from '../src/tracker/index.ts'

const frameOf = (encoded: unknown): string => {
  if (typeof encoded !== 'string') throw new Error('expected one text frame')
  return encoded
}
const project = { id: 'p', slug: 's', name: 'n', chat_id: 'c' }
const fromTracker = (frame: object) => trackerClientCodec.decode(JSON.stringify(frame))

describe('the agent reads', () => {
  it.each([
    { type: 'auth.ok', data: { lobby_chat_id: 'l', projects: [project], online: ['a'] } },
    { type: 'auth_ok', init: { lobby_chat_id: 'l', projects: [project], agents_online: ['a'] } },
    { event: 'auth.ok', type: 'response', data: { lobby_chat_id: 'l', projects: [project], online: ['a'] } },
  ])('a welcome in every spelling: %j', (frame) => {
    const welcome = { lobbyChatId: 'l', projects: [project], online: ['a'] }
    expect(fromTracker(frame)).toEqual({ ok: true, message: { kind: 'auth_ok', welcome, raw: frame } })
  })

  it('a bare welcome', () => {
    expect(fromTracker({ type: 'auth.ok' })).toMatchObject({
      ok: true,
      message: { kind: 'auth_ok', welcome: { projects: [], online: [] } },
    })
  })

  it.each([
    [{ type: 'auth.error', message: 'm' }, 'm'],
    [{ event: 'auth_error', data: 'd' }, 'd'],
    [{ type: 'auth_error', data: { message: 'dm' } }, 'dm'],
    [{ type: 'auth_error' }, 'refused without a reason'],
  ])('a refusal in every spelling: %j', (frame, message) => {
    expect(fromTracker(frame)).toMatchObject({ ok: true, message: { kind: 'auth_error', message } })
  })

  it.each(['agent.heartbeat.ack', 'heartbeat.ack', 'heartbeat_ack'])('%s', (type) => {
    expect(fromTracker({ type })).toMatchObject({ ok: true, message: { kind: 'heartbeat_ack' } })
    expect(fromTracker({ event: type })).toMatchObject({ ok: true, message: { kind: 'heartbeat_ack' } })
  })

  it.each(['subscribe.ok', 'chat.subscribe.ok', 'project.subscribe.ok'])('%s', (type) => {
    expect(fromTracker({ type, data: 1 })).toMatchObject({ ok: true, message: { kind: 'subscribe_ok', data: 1 } })
  })

  it('everything else as an event', () => {
    const frame = { event: 'task.assigned', type: 'event', id: 7, ts: 5, data: null }
    const message = { kind: 'event', event: 'task.assigned', id: '7', ts: 5, data: null, raw: frame }
    expect(fromTracker(frame)).toEqual({ ok: true, message })
    const bare = { type: 'constructor', x: 1 }
    expect(fromTracker(bare)).toEqual({
      ok: true,
      message: { kind: 'event', event: 'constructor', data: bare, raw: bare },
    })
  })

  it.each([
    [null, 'message: expected object, got null'],
    [{}, 'message: expected an event or a type, got neither'],
    [{ type: '' }, 'message: expected an event or a type, got neither'],
    [{ type: 'auth.ok', data: 'x' }, 'message(auth_ok).data: expected object, got string'],
    [
      { type: 'auth.ok', data: { projects: [{ id: 1 }] } },
      'message(auth_ok).projects[0].id: expected string, got number',
    ],
    [{ type: 'auth.ok', data: { online: {} } }, 'message(auth_ok).online: expected array, got object'],
  ])('what is wrong with %j', (value, issue) => {
    expect(trackerClientCodec.decode(JSON.stringify(value))).toMatchObject({ ok: false, issue })
  })
})

describe('the tracker reads', () => {
  const examples: readonly TrackerClientMessage[] = [
    { type: 'auth', token: 't' },
    { type: 'heartbeat', status: 'busy' },
    { type: 'ack', id: 'e' },
    { type: 'ack' },
    { type: 'nack', id: 'e', reason: 'r' },
    { type: 'chat.send', chat_id: 'c', content: 'x', mentions: ['a'], thinking: 't', id: 'm' },
    { type: 'chat.send', task_id: 'c', content: 'x', mentions: [] },
    { type: 'agent.stream.delta', event: 'its own', text: 'x' },
  ]
  it.each(examples.map((message) => [message.type, message]))('%s unchanged', (_, message) => {
    expect(trackerServerCodec.decode(frameOf(trackerClientCodec.encode(message)))).toEqual({ ok: true, message })
  })

  it('a message that is named by event', () => {
    expect(trackerServerCodec.decode('{"event":"heartbeat","status":"online"}')).toMatchObject({
      ok: true,
      message: { type: 'heartbeat', status: 'online' },
    })
  })

  it.each([
    ['{"type":"heartbeat","status":"asleep"}', 'message(heartbeat).status: expected busy|online, got another string'],
    [
      '{"type":"chat.send","content":"x","mentions":[]}',
      'message(chat.send): expected chat_id or task_id, got neither',
    ],
    ['{"type":"auth"}', 'message(auth).token: expected string, got undefined'],
    ['{}', 'message.type: expected string, got undefined'],
  ])('what is wrong with %s', (frame, issue) => {
    expect(trackerServerCodec.decode(frame)).toMatchObject({ ok: false, issue })
  })

  it('which messages it knows', () => {
    expect(isKnownTrackerClientMessage({ type: 'ack' })).toBe(true)
    expect(isKnownTrackerClientMessage({ type: 'agent.stream.tool' })).toBe(false)
  })
})

it('the tracker’s protocol says what the agent understands', () => {
  const frames: readonly TrackerServerFrame[] = [
    { type: 'auth.ok', data: { lobby_chat_id: 'l', projects: [project], online: [] } },
    { type: 'auth.error', message: 'm' },
    { type: 'heartbeat.ack' },
    { type: 'subscribe.ok' },
    { type: 'chat.message', id: 'e', data: {}, ts: 1 },
  ]
  const kinds = frames.map((frame) => {
    const decoded = trackerClientCodec.decode(frameOf(trackerServerCodec.encode(frame)))
    return decoded.ok ? decoded.message.kind : decoded.issue
  })
  expect(kinds).toEqual(['auth_ok', 'auth_error', 'heartbeat_ack', 'subscribe_ok', 'event'])
})

it("the tracker's wire never throws at either end, and reports in one line", () => {
  const names = ['auth.ok', 'auth_error', 'heartbeat_ack', 'auth', 'heartbeat', 'ack', 'nack', 'chat.send', 'other']
  const message = fc.record(
    {
      type: fc.constantFrom(...names),
      event: fc.jsonValue(),
      data: fc.jsonValue(),
      id: fc.jsonValue(),
      init: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  const frame = fc.oneof(
    message.map((value) => JSON.stringify(value)),
    fc.json(),
    fc.string(),
    fc.uint8Array(),
  )
  fc.assert(
    fc.property(frame, (frame) => {
      for (const codec of [trackerClientCodec, trackerServerCodec]) {
        const decoded = codec.decode(frame)
        if (!decoded.ok) expect(decoded.issue).toMatch(/^[\x20-\x7e]{1,200}$/)
      }
    }),
  )
})

it.each([
  [{ wsUrl: 'wss://w/x', trackerUrl: 'https://t' }, 'wss://w/x'],
  [{ trackerUrl: 'https://t/base/' }, 'wss://t/base/ws'],
  [{ trackerUrl: 'http://t:1' }, 'ws://t:1/ws'],
  [{ trackerUrl: 'ws://t/own/' }, 'ws://t/own/'],
  [{ wsUrl: '' }, undefined],
])('the tracker’s protocol derives the endpoint of %j', (endpoint, url) => {
  expect(trackerWebSocketUrl(endpoint)).toBe(url)
})
