import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { tokenAuthenticate } from '@holdfast/gate/internals'
import { memoryLog } from '@holdfast/log'
import { VirtualClock } from '@holdfast/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createHub } from '../../src/hub/hub.ts'
import { addressOf, event, type HubFixture, type Json, startHub, until } from './support.ts'

interface SseFrame {
  readonly event: string
  readonly id: string
  readonly data: Json
}

/** An event stream read raw. */
class RawStream {
  readonly frames: SseFrame[] = []
  text = ''
  #parsed = 0
  readonly #end = new AbortController()
  ended = false

  static async open(url: string, headers: Record<string, string> = {}): Promise<RawStream> {
    const stream = new RawStream()
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream', ...headers },
      signal: stream.#end.signal,
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    onTestFinished(() => stream.close())
    void stream.#read(response)
    return stream
  }

  close(): void {
    this.#end.abort()
  }

  async frame(name: string, fits: (frame: SseFrame) => boolean = () => true): Promise<SseFrame> {
    const found = (): SseFrame | undefined => this.frames.find((frame) => frame.event === name && fits(frame))
    await until(() => found() !== undefined)
    const frame = found()
    if (frame === undefined) throw new Error('gone')
    return frame
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder()
    try {
      for await (const chunk of response.body ?? []) {
        this.text += decoder.decode(chunk, { stream: true })
        this.#parse()
      }
    } catch {
      // Aborted, by us or by the server.
    }
    this.ended = true
  }

  #parse(): void {
    for (;;) {
      const end = this.text.indexOf('\n\n', this.#parsed)
      if (end < 0) return
      const lines = this.text.slice(this.#parsed, end).split('\n')
      this.#parsed = end + 2
      const field = (name: string): string =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? ''
      if (field('data') !== '')
        this.frames.push({ event: field('event'), id: field('id'), data: JSON.parse(field('data')) })
    }
  }
}

describe('event streams', () => {
  const url = ({ base }: HubFixture, query = ''): string => `${base}/api/hub/session/s/events${query}`

  const codings: readonly (readonly [accepted: string | undefined, coding: string | undefined])[] = [
    ['gzip, deflate, br, zstd', 'identity'],
    ['identity, gzip;q=0.5', 'identity'],
    [undefined, 'identity'],
    ['identity', undefined],
  ]
  it.each(codings)('are not for a proxy to compress, with a client that accepts %s', async (accepted, coding) => {
    const fixture = await startHub()
    using session = await fixture.hub.createSession('s')
    const asked = request(url(fixture, `?after=${session.position}`))
    if (accepted !== undefined) asked.setHeader('accept-encoding', accepted)
    asked.end()
    onTestFinished(() => void asked.destroy())
    const [answer]: IncomingMessage[] = await once(asked, 'response')
    expect(answer?.headers).toMatchObject({
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    })
    expect(answer?.headers['content-encoding']).toBe(coding)
  })

  it('begin with a byte, also where there is nothing to send yet', async () => {
    const fixture = await startHub()
    using session = await fixture.hub.createSession('s')
    const first = await RawStream.open(url(fixture))
    await first.frame('hydration')
    expect(first.text).toMatch(/^:\n\nevent: snapshot\n/)
    await session.publish('task_start', {})
    const { id } = await first.frame('broadcast')
    const again = await RawStream.open(url(fixture), { 'last-event-id': id })
    await until(() => again.text !== '')
    expect(again.text.startsWith(':\n\n')).toBe(true)
  })

  it('start with a snapshot and a hydration, then send what happens', async () => {
    const fixture = await startHub()
    const lead = fixture.client({ role: 'lead', sessionId: 's', label: 'one', task: 'do it' })
    await lead.type('init')
    lead.send(event('e1', 'message_end', { agent: 'a', content: 'hello' }))
    await lead.next((frame) => frame['id'] === 'e1')
    const stream = await RawStream.open(url(fixture))
    expect((await stream.frame('snapshot')).data).toMatchObject({
      sessionId: 's',
      label: 'one',
      status: 'active',
      mode: 'tui',
      participants: [{ role: 'lead', transport: 'ws' }],
      taskCount: 0,
      agentActivity: {},
    })
    expect((await stream.frame('hydration')).data).toMatchObject({
      task: 'do it',
      entries: [{ type: 'message', agent: 'a', content: 'hello' }],
    })
    expect((await stream.frame('presence')).data).toMatchObject({ event: 'session_join' })
    lead.send(event('e2', 'task_start', { taskId: 't' }))
    const { id, data } = await stream.frame('broadcast')
    expect(data).toMatchObject({ type: 'broadcast', event: 'task_start', seq: 3 })
    expect(id).toMatch(/^[0-9a-z]+\.3\.[0-9a-f]{8}$/)
  })

  it('go on after Last-Event-ID with nothing missing', async () => {
    const fixture = await startHub()
    using session = await fixture.hub.createSession('s')
    const first = await RawStream.open(url(fixture, '?subscribe=task'))
    await first.frame('hydration')
    await session.publish('task_start', { i: 1 })
    const { id } = await first.frame('broadcast')
    first.close()
    await session.publish('agent_progress', { i: 2 })
    await session.publish('task_start', { i: 3 })
    const again = await RawStream.open(url(fixture, '?subscribe=task'), { 'last-event-id': id })
    expect((await again.frame('broadcast')).data).toMatchObject({ data: { i: 3 } })
    expect(again.frames.map((frame) => frame.event)).not.toContain('hydration')
  })

  it('carry the resume extension for those who ask', async () => {
    const fixture = await startHub()
    using session = await fixture.hub.createSession('s')
    await session.publish('task_start', {})
    const stream = await RawStream.open(url(fixture, '?resume=1&subscribe=task'))
    expect((await stream.frame('snapshot')).data).toMatchObject({ holdfast: { v: 1, seq: 1, resumed: false } })
    expect((await stream.frame('hydration')).data).toMatchObject({ seq: 1 })
    expect((await stream.frame('live')).data).toMatchObject({ seq: 1 })
    await session.publish('task_start', {})
    expect((await stream.frame('broadcast')).data).toMatchObject({ seq: 2, prev: 1 })
    const lost = await RawStream.open(url(fixture, '?resume=1&after=other.7.00000000'))
    expect((await lost.frame('snapshot')).data).toMatchObject({
      holdfast: { resumed: false, reset: { reason: 'epoch' } },
    })
  })

  it('are kept open by comments, and get a hint when to reconnect', async () => {
    const fixture = await startHub({ limits: { sseKeepAliveMs: 5 } })
    using _session = await fixture.hub.createSession('s')
    const stream = await RawStream.open(url(fixture))
    await until(() => stream.text.includes('\n\n:\n\n'))
    await fixture.hub.drain(1000)
    await until(() => stream.ended)
    expect(stream.text).toMatch(/retry: \d{1,4}\n\n$/)
    const refused = await fetch(url(fixture))
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('1')
  })

  it('refuse what is wrong with the status', async () => {
    const authenticate = tokenAuthenticate([{ secret: 'shell', principal: 'x', scopes: ['shell'] }])
    const fixture = await startHub({ authenticate })
    expect((await fetch(url(fixture))).status).toBe(401)
    expect((await fetch(url(fixture, '?api_key=shell'))).status).toBe(403)
    const open = await startHub()
    expect((await fetch(url(open))).status).toBe(404)
  })
})

describe('REST', () => {
  const call = async (
    fixture: HubFixture,
    path: string,
    init: RequestInit = {},
  ): Promise<{ status: number; body: Json }> => {
    const response = await fetch(`${fixture.base}${path}`, init)
    return { status: response.status, body: JSON.parse((await response.text()) || '{}') }
  }
  const json = (method: string, body: unknown): RequestInit => ({ method, body: JSON.stringify(body) })

  it.each(['/api/hub', '/hub'])('serves sessions under %s', async (prefix) => {
    const fixture = await startHub()
    const created = await call(
      fixture,
      `${prefix}/session`,
      json('POST', { label: 'one', task: 't', tags: ['x'], metadata: { a: 1 } }),
    )
    expect(created).toMatchObject({ status: 201, body: { status: 'active', mode: 'tui', visibility: 'private' } })
    const id = String(created.body['sessionId'])
    const path = `${prefix}/session/${id}`
    expect(await call(fixture, `${prefix}/sessions`)).toMatchObject({
      status: 200,
      body: { total: 1, sessions: { websocket: [{ sessionId: id, label: 'one', tags: ['x'] }], sandbox: [] } },
    })
    const observer = fixture.client({ role: 'observer', sessionId: id })
    await observer.type('session_hydration')
    expect(await call(fixture, path, json('PATCH', { label: 'two' }))).toMatchObject({
      status: 200,
      body: { label: 'two' },
    })
    expect(await observer.type('broadcast')).toMatchObject({ event: 'session_label_updated', data: { label: 'two' } })
    expect(await call(fixture, path)).toMatchObject({
      body: { label: 'two', task: 't', metadata: { a: 1 }, observerCount: 1 },
    })
    expect(await call(fixture, `${path}/participants`)).toMatchObject({
      body: { participants: [{ role: 'observer' }] },
    })
    expect(await call(fixture, `${path}/archive`, { method: 'POST' })).toMatchObject({ body: { status: 'archived' } })
    expect(await fixture.client({ role: 'lead', sessionId: id }).closed).toMatchObject({ code: 4403 })
    expect(await call(fixture, `${path}/resume`, { method: 'POST' })).toMatchObject({ body: { status: 'active' } })
    expect(await call(fixture, path, { method: 'DELETE' })).toMatchObject({ status: 200 })
    expect(await observer.closed).toMatchObject({ code: 4404 })
    expect(await call(fixture, path)).toMatchObject({ status: 404, body: { error: { code: 'hub/not_found' } } })
  })

  it('replays the conversation and lists the history by pages', async () => {
    const fixture = await startHub()
    using session = await fixture.hub.createSession('s')
    for (let i = 0; i < 1200; i++) await session.publish('message_end', { agent: 'a', content: `m${i}` })
    const replay = await call(fixture, '/hub/session/s/replay')
    expect(replay.body).toMatchObject({ sessionId: 's', entriesSource: 'log' })
    expect(replay.body['entries']).toHaveLength(1200)
    expect(await call(fixture, '/hub/session/s/events/history?limit=2&offset=1')).toMatchObject({
      body: {
        total: 1200,
        events: [
          { id: 2, event: 'message_end', category: 'message', agent: 'a', payload: { content: 'm1' } },
          { id: 3 },
        ],
      },
    })
  })

  it.each([
    ['a body that is no JSON', '/hub/session', { method: 'POST', body: '{' }, 400],
    ['a body of the wrong shape', '/hub/session', json('POST', { label: 1 }), 400],
    ['a body that is too large', '/hub/session', json('POST', { label: 'x'.repeat(300_000) }), 413],
    ['a description that is too large', '/hub/session', json('POST', { label: 'x'.repeat(100_000) }), 400],
    ['a method that is not taken', '/hub/session', {}, 405],
    ['a session that is not there', '/hub/session/none', {}, 404],
    ['a limit that is none', '/hub/session/s/events/history?limit=x', {}, 400],
    ['a foreign origin', '/hub/sessions', { headers: { origin: 'https://evil.example' } }, 403],
  ])('refuses %s with JSON', async (_name, path, init, status) => {
    const fixture = await startHub()
    using _session = await fixture.hub.createSession('s')
    const refused = await call(fixture, path, init)
    expect(refused).toMatchObject({
      status,
      body: { error: { code: expect.any(String), message: expect.any(String) } },
    })
  })

  it('lets pages of allowed origins in, preflight included', async () => {
    const fixture = await startHub({ origins: ['https://app.example'] })
    const headers = { origin: 'https://app.example' }
    const preflight = await fetch(`${fixture.base}/hub/session`, { method: 'OPTIONS', headers })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(preflight.headers.get('access-control-allow-methods')).toBe('POST')
    expect((await fetch(`${fixture.base}/hub/sessions`, { headers })).status).toBe(200)
  })
})

describe('the end of an event stream', () => {
  it('comes with its age, says when to come back, and nothing is lost by it', async () => {
    const clock = new VirtualClock()
    const fixture = await startHub({ clock, limits: { sseLifeMs: 100_000 } })
    using session = await fixture.hub.createSession('s')
    const url = `${fixture.base}/hub/session/s/events?resume=1`
    const first = await RawStream.open(url)
    await session.publish('task_start', { i: 1 })
    const { id } = await first.frame('broadcast')
    await clock.advance(89_999)
    expect(first.ended).toBe(false)
    await clock.advance(30_001)
    await until(() => first.ended)
    expect(first.text).toMatch(/\nretry: 250\n\n$/)
    await session.publish('task_start', { i: 2 })
    const second = await RawStream.open(url, { 'last-event-id': id })
    expect(await second.frame('broadcast')).toMatchObject({ data: { data: { i: 2 }, seq: 2 } })
    expect(second.frames.some(({ event: name }) => name === 'hydration')).toBe(false)
  })

  it('comes with the end of its credentials', async () => {
    const clock = new VirtualClock()
    const expiresAt = clock.epoch() + 70_000
    const authenticate = () => ({ id: 'p', scopes: new Set(['observe']), expiresAt })
    const fixture = await startHub({ clock, authenticate })
    using _session = await fixture.hub.createSession('s')
    const stream = await RawStream.open(`${fixture.base}/hub/session/s/events`)
    await stream.frame('hydration')
    await clock.advance(69_999)
    expect(stream.ended).toBe(false)
    await clock.advance(1)
    await until(() => stream.ended)
  })
})

describe('beside somebody’s own server', () => {
  it('leaves other paths and upgrades alone, and goes without a trace', async () => {
    const hub = createHub({ log: memoryLog() })
    const server = createServer((_request, response) => response.end('mine'))
    const detach = hub.attach(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(async () => {
      await hub.close()
      server.closeAllConnections()
      server.close()
    })
    const { port } = addressOf(server)
    const get = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}${path}`)).text()
    expect(await get('/')).toBe('mine')
    expect(await get('/hub/other')).toBe('mine')
    expect(JSON.parse(await get('/hub/sessions'))).toMatchObject({ total: 0 })
    detach()
    expect(await get('/hub/sessions')).toBe('mine')
  })

  it('refuses an upgrade without an endpoint', async () => {
    const { base } = await startHub()
    const { WebSocket } = await import('ws')
    const socket = new WebSocket(`${base.replace('http', 'ws')}/elsewhere`)
    socket.on('error', () => {})
    const status = await new Promise((resolve) =>
      socket.on('unexpected-response', (_q, { statusCode }) => resolve(statusCode)),
    )
    expect(status).toBe(400)
  })
})
