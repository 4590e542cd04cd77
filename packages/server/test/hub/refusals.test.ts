import { SCOPES, tokenAuthenticate } from '@holdfast/gate/internals'
import { VirtualClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { event, type Json, startHub, until } from './support.ts'

const authenticate = tokenAuthenticate([
  { secret: 'all', principal: 'root', scopes: SCOPES },
  { secret: 'look', principal: 'guest', scopes: ['observe'] },
])
const bearer = (secret: string) => ({ headers: { authorization: `Bearer ${secret}` } })

it.each([
  ['an unknown session for an observer', { role: 'observer', sessionId: 'none' }, 4404],
  ['an unknown session for a controller', { role: 'controller', sessionId: 'none' }, 4404],
  ['a role that does not exist', { role: 'king' }, 4400],
  ['an origin that does not exist', { role: 'observer', sessionId: 's', origin: 'mars' }, 4400],
  ['a session id that is too long', { role: 'observer', sessionId: 'x'.repeat(2000) }, 4400],
  ['too many filters', { role: 'observer', sessionId: 's', subscribe: 'a,'.repeat(100) }, 4400],
  ['a wrong key in the query', { role: 'observer', sessionId: 's', api_key: 'wrong' }, 4401],
  ['a missing scope', { role: 'lead', sessionId: 's', api_key: 'look' }, 4403],
])('the hub refuses %s', async (_name, query, code) => {
  const { client, hub } = await startHub({ authenticate })
  using _session = await hub.createSession('s')
  const options = 'api_key' in query ? {} : bearer('all')
  const { code: told, reason } = await client(query, options).closed
  expect(told).toBe(code)
  expect(reason).not.toBe('')
})

it('the hub refuses wrong credentials in a header with 401, and says how', async () => {
  const { client } = await startHub({ authenticate })
  const { status, body } = await client({ role: 'lead' }, bearer('wrong')).refused
  expect(status).toBe(401)
  expect(JSON.parse(body)).toMatchObject({ error: { code: 'hub/unauthorized' } })
})

it('the hub refuses a foreign origin with 403, and takes an allowed one', async () => {
  const { client } = await startHub({ origins: ['https://app.example'] })
  expect((await client({ role: 'lead' }, { headers: { origin: 'https://evil.example' } }).refused).status).toBe(403)
  await client({ role: 'lead' }, { headers: { origin: 'https://app.example' } }).type('init')
})

it('the hub takes credentials in the bootstrap frame, and refuses what is none', async () => {
  const { client } = await startHub({ authenticate })
  await client({ role: 'lead' }, { first: { authorization: 'all', org_id: 'o' } }).type('init')
  expect(await client({ role: 'lead' }, { first: { authorization: 'wrong' } }).closed).toMatchObject({ code: 4401 })
  expect(await client({ role: 'lead' }, { first: event('1') }).closed).toMatchObject({ code: 4401 })
})

it('the hub gives up on a client that never says who it is', async () => {
  const { client } = await startHub({ authenticate, limits: { handshakeTimeoutMs: 20 } })
  expect(await client({ role: 'lead' }).closed).toMatchObject({ code: 4401 })
})

it('the hub limits how often a principal connects', async () => {
  const { client } = await startHub({ limits: { upgradeBurst: 2, upgradeEveryMs: 60_000 } })
  await client({ role: 'lead' }).type('init')
  await client({ role: 'lead' }).type('init')
  expect(await client({ role: 'lead' }).closed).toMatchObject({ code: 4429 })
})

it('a forbidden message of an observer is answered, and its connection stays', async () => {
  const { client, hub } = await startHub()
  using session = await hub.createSession('s')
  const observer = client({ role: 'observer', sessionId: session.id })
  await observer.type('session_hydration')
  const forbidden = [
    event('1'),
    { type: 'tool', id: '2', name: 'n', toolCallId: 'c', params: {} },
    { type: 'command', id: '3', name: 'n', args: '' },
    { type: 'session_entry', path: 'p', line: 'l' },
    { type: 'session_write', path: 'p', content: 'c' },
    { type: 'rpc_command', command: {} },
    { type: 'rpc_ui_response', id: '4', result: 1 },
    { type: 'rpc_event', event: {}, timestamp: 1 },
    { type: 'bootstrap_ready' },
    { id: '5', actions: [] },
  ]
  for (const message of forbidden) {
    observer.send(message)
    expect(await observer.type('protocol_error')).toMatchObject({ code: 'forbidden_message', sessionId: 's' })
  }
  observer.send({ type: 'ping', timestamp: 7 })
  expect(await observer.type('pong')).toMatchObject({ echoedTimestamp: 7 })
  expect(session.head).toBe(0)
})

it.each([
  ['text that is no JSON', '{'],
  ['null', 'null'],
  ['a number', '7'],
  ['a list', '[]'],
  ['an object without type', '{}'],
  ['a field of the wrong type', JSON.stringify({ type: 'event', id: 1, event: 'x', data: {} })],
  ['a missing field', JSON.stringify({ type: 'tool', id: '1' })],
  ['an unknown type', JSON.stringify({ type: 'dance' })],
  ['an answer nobody waits for', JSON.stringify({ id: 'x', actions: [] })],
  ['an answer of the wrong shape', JSON.stringify({ id: 'x', actions: 'yes' })],
  ['an id that is too long', JSON.stringify({ type: 'event', id: 'x'.repeat(1000), event: 'x', data: {} })],
  ['a name that is too long', JSON.stringify({ type: 'event', id: '1', event: 'x'.repeat(1000), data: {} })],
  ['a path that is too long', JSON.stringify({ type: 'session_entry', path: 'x'.repeat(1000), line: '' })],
  [
    'an event that is too large',
    JSON.stringify({ type: 'event', id: '1', event: 'x', data: { x: 'x'.repeat(300_000) } }),
  ],
  ['characters that cannot be stored', JSON.stringify({ type: 'event', id: 'a\0b', event: 'x', data: {} })],
  ['depth', `{"type":"event","id":"1","event":"x","data":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`],
])('a lead’s %s is answered with protocol_error, and the connection goes on', async (_name, frame) => {
  const { client } = await startHub()
  const lead = client({ role: 'lead', sessionId: 's', resume: '1' })
  await lead.type('init')
  lead.send(frame)
  const told = await lead.type('protocol_error')
  expect(String(told['message'])).not.toBe('')
  lead.send(event('ok'))
  expect(await lead.next((one) => 'actions' in one)).toMatchObject({ id: 'ok' })
})

it('a binary frame is answered with protocol_error, and one that is too large closes the connection', async () => {
  const { client } = await startHub()
  const lead = client({ role: 'lead' })
  await lead.type('init')
  lead.socket.send(Buffer.from('{"type":"ping","timestamp":1}'))
  expect(await lead.type('protocol_error')).toMatchObject({ code: 'invalid_message' })
  lead.send('x'.repeat(2_000_000))
  expect(await lead.closed).toMatchObject({ code: 1009 })
})

it('the hub asks all clients to reconnect when it drains, and accepts none', async () => {
  const { client, hub } = await startHub()
  const lead = client({ role: 'lead' })
  await lead.type('init')
  const drained = hub.drain(2000)
  expect(await lead.closed).toEqual({ code: 1012, reason: '{"spreadMs":2000}' })
  await drained
  expect(hub.size).toBe(0)
  expect(await client({ role: 'lead' }).closed).toMatchObject({ code: 4408 })
})

it('the hub counts what it did, and keeps secrets out of its log', async () => {
  const lines: string[] = []
  const line = (message: string, fields?: object): void => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const logger = { debug: line, info: line, warn: line, error: line }
  const { client, hub } = await startHub({ authenticate, logger })
  const lead = client({ role: 'lead', api_key: 'all' })
  await lead.type('init')
  lead.send(event('1'))
  lead.send({ type: 'dance' })
  await lead.type('protocol_error')
  await client({ role: 'lead', api_key: 'secret-wrong' }).closed
  await until(() => hub.size === 1)
  const text = await hub.metrics.text()
  expect(text).toMatch(/holdfast_hub_appends_total\{outcome="appended"\} 2/)
  expect(text).toMatch(/holdfast_hub_refusals_total\{code="hub\/unauthorized"\} 1/)
  expect(text).toMatch(/holdfast_hub_connections 1/)
  expect(text).toMatch(/holdfast_hub_buffered_bytes \d+/)
  expect(lines.join('\n')).not.toMatch(/secret-wrong|"all"/)
})

describe('credentials that end', () => {
  it('end the connection with 4401, a minute after a client that resumes was warned', async () => {
    const clock = new VirtualClock()
    const expiresAt = clock.epoch() + 90_000
    const authenticate = () => ({ id: 'p', scopes: new Set(['admin']), expiresAt })
    const { client } = await startHub({ clock, authenticate })
    const lead = client({ role: 'lead', sessionId: 's', resume: '1' })
    await lead.type('live')
    const plain = client({ role: 'controller', sessionId: 's' })
    await plain.type('init')
    const pongs = async (): Promise<void> => {
      for (const one of [lead, plain]) {
        one.send({ type: 'ping', timestamp: 1 })
        await one.type('pong')
      }
    }
    const told = (frames: readonly Json[]): readonly Json[] => frames.filter(({ type }) => type === 'auth.expiring')
    // Something is heard of both all the time.
    await clock.advance(29_999)
    await pongs()
    expect(told(lead.frames)).toEqual([])
    await clock.advance(1)
    await pongs()
    expect(told(lead.frames)).toEqual([{ type: 'auth.expiring', expiresAt }])
    await clock.advance(30_000)
    await pongs()
    await clock.advance(30_000)
    expect([(await lead.closed).code, (await plain.closed).code]).toEqual([4401, 4401])
    expect([told(lead.frames).length, told(plain.frames).length]).toEqual([1, 0])
  })
})

it('a session that was removed and made again answers an old position with a reset', async () => {
  const { client, hub, base } = await startHub()
  using before = await hub.createSession('s')
  await before.publish('task_start', {})
  const { position } = before
  const inside = client({ role: 'observer', sessionId: 's', resume: '1' })
  await inside.type('live')
  expect((await fetch(`${base}/hub/session/s`, { method: 'DELETE' })).status).toBe(200)
  expect((await inside.closed).code).toBe(4404)
  expect((await client({ role: 'observer', sessionId: 's', resume: '1', after: position }).closed).code).toBe(4404)
  using again = await hub.createSession('s')
  await again.publish('task_start', {})
  const observer = client({ role: 'observer', sessionId: 's', resume: '1', after: position })
  expect((await observer.type('init'))['holdfast']).toMatchObject({ resumed: false, reset: { reason: 'epoch' } })
})
