import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  hubClientCodec,
  hubClientTrustingCodec,
  hubEventStreamCodec,
  hubServerCodec,
  isKnownHubAction,
  isKnownHubClientMessage,
  isKnownHubServerMessage,
  isKnownHubSseMessage,
  parseHubServerMessage,
} from '../src/hub/index.ts'
import { clientExamples, serverExamples, sseExamples } from './hub-examples.ts'

const frameOf = (encoded: unknown): string => {
  if (typeof encoded !== 'string') throw new Error('expected one text frame')
  return encoded
}
const paths = (value: object, path: readonly string[] = []): (readonly string[])[] =>
  Object.entries(value).flatMap(([key, member]) => [
    [...path, key],
    ...(typeof member === 'object' && member !== null ? paths(member, [...path, key]) : []),
  ])
const replaced = (value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown => {
  if (key === undefined) return by
  if (Array.isArray(value)) return value.map((item, at) => (String(at) === key ? replaced(item, rest, by) : item))
  if (typeof value !== 'object' || value === null) throw new Error('no such path')
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, k === key ? replaced(v, rest, by) : v]))
}
const odd = Symbol.for('never valid')

describe.each([
  ['server', serverExamples, serverExamples.map((message) => frameOf(hubServerCodec.encode(message))), hubClientCodec],
  ['client', clientExamples, clientExamples.map((message) => frameOf(hubClientCodec.encode(message))), hubServerCodec],
])('%s messages', (_, examples, frames, receiver) => {
  it('arrive as they were sent', () => {
    expect(frames.map((frame) => receiver.decode(frame))).toEqual(examples.map((message) => ({ ok: true, message })))
  })

  it('keeps members that it does not know', () => {
    for (const message of examples) {
      const extended = { ...message, futureMember: { deep: [1] }, seq: 7, prev: 'not ours' }
      if (message.type === 'live' || message.type === 'mark' || message.type === 'ack') continue
      expect(receiver.decode(JSON.stringify(extended))).toEqual({ ok: true, message: extended })
    }
  })

  it('keeps kinds that it does not know, also those named like members of Object', () => {
    const type = fc.oneof(fc.string(), fc.constantFrom('constructor', 'toString', '__proto__', 'hasOwnProperty'))
    fc.assert(
      fc.property(type, fc.jsonValue(), (type, body) => {
        fc.pre(!examples.some((example) => example.type === type))
        const message = { type, body }
        expect(receiver.decode(JSON.stringify(message))).toMatchObject({
          ok: true,
          message: JSON.parse(JSON.stringify(message)),
        })
      }),
    )
  })

  it('never throws, and says what was wrong in one line without values', () => {
    const secret = 'sk-secret-value'
    const frame = fc.oneof(
      fc.json(),
      fc.string(),
      fc.uint8Array(),
      fc
        .record({ type: fc.constantFrom(...examples.map((m) => m.type ?? 'none'), 'other'), id: fc.jsonValue() })
        .map((v) => JSON.stringify(v)),
      fc.tuple(fc.constantFrom(...examples), fc.jsonValue(), fc.nat()).map(([example, value, pick]) => {
        const all = paths(example)
        return JSON.stringify(replaced(example, all[pick % all.length] ?? [], value ?? secret))
      }),
    )
    fc.assert(
      fc.property(frame, (frame) => {
        const decoded = receiver.decode(frame)
        if (decoded.ok) return
        expect(decoded.issue).toMatch(/^[\x20-\x7e]{1,200}$/)
        expect(decoded.issue).not.toContain(secret)
      }),
      { numRuns: 500 },
    )
  })
})

it('the hub’s codec checks every member of every server message', () => {
  // Members that may hold anything by design: kinds and results, and what lies inside free-form objects.
  const free =
    /(^|\.)(data|params|parameters|toolArgs|metadata|response|result|error)(\.|$)|^event\.|\.\d*action$|future|\.more$/
  for (const message of serverExamples) {
    for (const path of paths(message)) {
      const name = path.join('.')
      if (free.test(name) && !/^(event|data|params|response)$/.test(name)) continue
      if (message.type === undefined && name === 'error') continue
      const broken = replaced(message, path, odd)
      expect(parseHubServerMessage(broken), `${message.type}: ${name}`).toMatchObject({ ok: false })
    }
  }
})

it.each([
  [
    '{"type":"broadcast","event":"x","data":{},"category":"c","sessionId":"s","timestamp":"12"}',
    'message(broadcast).timestamp: expected number, got string',
  ],
  [
    '{"type":"broadcast","event":"x","data":[],"category":"c","sessionId":"s","timestamp":12}',
    'message(broadcast).data: expected object, got array',
  ],
  [
    '{"type":"init","role":"king"}',
    'message(init).role: expected lead|sub_agent|observer|controller, got another string',
  ],
  [
    '{"type":"session_hydration","sessionId":"s","resumedAt":1,"entries":[{"type":"turn","timestamp":1},{"type":"turn"}]}',
    'message(session_hydration).entries[1].timestamp: expected number, got undefined',
  ],
  [
    '{"id":"r","actions":[{"action":"BLOCK"}]}',
    'message(response).actions[0](BLOCK).reason: expected string, got undefined',
  ],
  ['{"type":5}', 'message.type: expected string, got number'],
  ['{}', 'message: expected a type, or a response with id and actions, got neither'],
  ['null', 'message: expected object, got null'],
  ['7', 'message: expected object, got number'],
  ['"text"', 'message: expected object, got string'],
  ['[]', 'message: expected object, got array'],
  ['{"type"', 'not valid JSON'],
])('the hub’s codec reports to the client what is wrong with %s', (frame, issue) => {
  expect(hubClientCodec.decode(frame)).toMatchObject({ ok: false, issue })
})

it.each([
  ['{}', 'message: expected a type, got none'],
  ['{"authorization":{}}', 'message(bootstrap).authorization: expected string, got object'],
  ['{"type":"tool","id":"1","name":"n","toolCallId":"t"}', 'message(tool).params: expected object, got undefined'],
  ['{"type":"ack","seq":-1}', 'message(ack).seq: expected count, got number'],
])('the hub’s codec reports to the server what is wrong with %s', (frame, issue) => {
  expect(hubServerCodec.decode(frame)).toMatchObject({ ok: false, issue })
})

it('the hub’s codec takes text frames only', () => {
  expect(hubClientCodec.decode(new Uint8Array([123, 125]))).toMatchObject({ ok: false })
  expect(hubServerCodec.decode(new Uint8Array())).toMatchObject({ ok: false })
})

it('the hub’s codec distinguishes known kinds from unknown ones', () => {
  expect(serverExamples.every(isKnownHubServerMessage)).toBe(true)
  expect(clientExamples.every(isKnownHubClientMessage)).toBe(true)
  expect(sseExamples.every(isKnownHubSseMessage)).toBe(true)
  expect(isKnownHubServerMessage({ type: 'future' })).toBe(false)
  expect(isKnownHubClientMessage({ type: 'constructor' })).toBe(false)
  expect(isKnownHubSseMessage({ type: 'init' })).toBe(false)
  expect(isKnownHubAction({ action: 'ACK' })).toBe(true)
  expect(isKnownHubAction({ action: 'FUTURE' })).toBe(false)
})

it('the hub’s codec looks only at the outline where the server is trusted', () => {
  expect(hubClientTrustingCodec.decode('{"type":"init","role":5}')).toMatchObject({ ok: true })
  expect(hubClientTrustingCodec.decode('{"type":5}')).toMatchObject({ ok: false })
  expect(hubClientTrustingCodec.decode('null')).toMatchObject({ ok: false })
})

describe('an event stream', () => {
  it.each(sseExamples.map((message) => [message.type, message]))(
    'carries %s, named or not, with its type or without',
    (type, message) => {
      const { type: _, ...bare } = message
      const decode = (event: string, payload: object) =>
        hubEventStreamCodec.decode({ event, data: JSON.stringify(payload), id: '' })
      expect(decode(type, message)).toEqual({ ok: true, message })
      expect(decode(type, bare)).toEqual({ ok: true, message })
      expect(decode('message', message)).toEqual({ ok: true, message })
      expect(decode('other', message)).toEqual({ ok: true, message })
    },
  )

  it('passes what it does not know, under the name that the event has', () => {
    expect(hubEventStreamCodec.decode({ event: 'weather', data: '{"rain":1}', id: '' })).toEqual({
      ok: true,
      message: { type: 'weather', rain: 1 },
    })
  })

  it.each([
    ['snapshot', '{"sessionId":1}', 'event(snapshot).sessionId: expected string, got number'],
    ['message', '{}', 'event.type: expected string, got undefined'],
    ['broadcast', 'null', 'event: expected object, got null'],
    ['broadcast', '', 'event: not valid JSON'],
  ])('reports what is wrong with %s %s', (event, data, issue) => {
    expect(hubEventStreamCodec.decode({ event, data, id: '' })).toMatchObject({ ok: false, issue })
  })

  it('never throws', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom(...sseExamples.map((message) => message.type)))
    fc.assert(
      fc.property(name, fc.oneof(fc.json(), fc.string()), (event, data) => {
        const decoded = hubEventStreamCodec.decode({ event, data, id: '' })
        if (!decoded.ok) expect(decoded.issue).toMatch(/^[\x20-\x7e]{1,200}$/)
      }),
    )
  })
})
