import { connect } from 'node:net'
import { createHttpStream } from '@agentclientprotocol/sdk/experimental/http-client'
import { createWebSocketStream } from '@agentclientprotocol/sdk/experimental/ws-client'
import { acpStream } from '@holdfast/acp'
import { VirtualClock } from '@holdfast/testkit'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { breath, RealGateway } from './support/real-gateway.ts'
import { SdkClient, saidBy } from './support/sdk-client.ts'

const bearer = { authorization: 'Bearer secret' }
const TURN = { updates: 50, asksAfter: 20 }
const initialize = { jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: 1 } }

describe('unmodified and own clients', () => {
  let gateway: RealGateway
  beforeEach(async () => {
    gateway = await new RealGateway().listen()
  })
  afterEach(() => gateway.close())

  it.each([
    ["the SDK's WebSocket stream", () => createWebSocketStream(gateway.ws, { WebSocket, headers: bearer })],
    ["the SDK's HTTP stream", () => createHttpStream(gateway.http, { headers: bearer })],
    ['our stream', () => acpStream({ transport: nodeWebSocket(), url: gateway.ws, token: 'secret' })],
  ])('%s has a turn with a question', async (_name, open) => {
    const sdk = new SdkClient(open())
    const sessionId = await sdk.session()
    expect(await sdk.prompt(sessionId, TURN)).toBe('end_turn')
    expect(sdk.text).toBe(saidBy(TURN))
    expect(sdk.asked).toHaveLength(1)
    sdk.close()
    await sdk.closed
    await expect.poll(() => gateway.service.size).toBe(0)
  })

  it('a session is loaded by another client from the log', async () => {
    const first = new SdkClient(createWebSocketStream(gateway.ws, { WebSocket, headers: bearer }))
    const sessionId = await first.session()
    await first.prompt(sessionId, TURN)
    const second = new SdkClient(createHttpStream(gateway.http, { headers: bearer }))
    await second.session()
    await second.agent.request('session/load', { sessionId, cwd: '/work', mcpServers: [] })
    await expect.poll(() => second.text).toBe(saidBy(TURN))
    first.close()
    second.close()
  })
})

describe('over HTTP', () => {
  let gateway: RealGateway
  const clock = new VirtualClock()
  beforeEach(async () => {
    gateway = await new RealGateway({ clock, limits: { maxFrameBytes: 20_000 } }).listen()
  })
  afterEach(() => gateway.close())

  const post = (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(gateway.http, {
      method: 'POST',
      headers: { ...bearer, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const begin = async (): Promise<Record<string, string>> => {
    const answer = await post(initialize)
    expect(answer.status).toBe(200)
    return { 'acp-connection-id': answer.headers.get('acp-connection-id') ?? '' }
  }
  const listen = (headers: Record<string, string>): Promise<Response> =>
    fetch(gateway.http, { headers: { ...bearer, accept: 'text/event-stream', ...headers } })

  it.each<[number, string, () => Promise<Response>]>([
    [415, 'a body that is not JSON', () => post(initialize, { 'content-type': 'text/plain' })],
    [413, 'a body that is too large', () => post({ ...initialize, pad: 'x'.repeat(30_000) })],
    [400, 'broken JSON', () => post('{')],
    [400, 'a batch', () => post([initialize])],
    [400, 'a bare value', () => post('7')],
    [400, 'an initialize without an id', () => post({ ...initialize, id: null })],
    [400, 'an id beyond 1,024 characters', () => post({ ...initialize, id: 'x'.repeat(1_025) })],
    [400, 'a message without a connection', () => post({ jsonrpc: '2.0', id: 1, method: 'session/list' })],
    [404, 'an unknown connection', () => post({ jsonrpc: '2.0', id: 1, method: 'x' }, { 'acp-connection-id': 'no' })],
    [406, 'a GET for no event stream', () => fetch(gateway.http, { headers: { ...bearer, accept: 'text/html' } })],
    [400, 'a GET without a connection', () => listen({})],
    [404, 'a GET of an unknown connection', () => listen({ 'acp-connection-id': 'no' })],
    [400, 'a DELETE without a connection', () => fetch(gateway.http, { method: 'DELETE', headers: bearer })],
    [405, 'another method', () => fetch(gateway.http, { method: 'PUT', headers: bearer })],
    [401, 'no credential', () => fetch(gateway.http, { method: 'POST', body: '{}' })],
    [401, 'a wrong credential', () => post(initialize, { authorization: 'Bearer wrong' })],
    [403, 'a scope that is none of these', () => post(initialize, { authorization: 'Bearer sh' })],
    [403, 'an origin that is not allowed', () => post(initialize, { origin: 'https://evil.example' })],
  ])('answers %i to %s', async (status, _what, ask) => {
    const answer = await ask()
    expect(answer.status).toBe(status)
    expect(gateway.service.received).toEqual([])
  })

  it('refuses a body that is too large to a client that reads only behind it, and goes on with the connection', async () => {
    const socket = connect(gateway.port, '127.0.0.1')
    let read = ''
    socket.on('data', (chunk) => {
      read += String(chunk)
    })
    const head = (length: number): string =>
      `POST /acp HTTP/1.1\r\nhost: x\r\nauthorization: Bearer secret\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`
    socket.pause()
    socket.write(head(60_000))
    for (let piece = 0; piece < 6; piece++) {
      socket.write('x'.repeat(10_000))
      await breath()
    }
    socket.write(`${head(1)}7`)
    socket.resume()
    await expect
      .poll(() => [...read.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status))
      .toEqual(['413', '400'])
    socket.destroy()
  })

  it('answers a batch as JSON-RPC has it', async () => {
    expect(await (await post([initialize])).json()).toMatchObject({ id: null, error: { code: -32600 } })
  })

  it('refuses a second initialize, a second reader, and what another principal asks', async () => {
    const connection = await begin()
    expect((await post(initialize, connection)).status).toBe(400)
    const reader = await listen(connection)
    expect(reader.status).toBe(200)
    expect((await listen(connection)).status).toBe(409)
    expect((await listen({ ...connection, authorization: 'Bearer other' })).status).toBe(404)
    await reader.body?.cancel()
  })

  it('wants the session in the header as in the message', async () => {
    const connection = await begin()
    const prompt = { jsonrpc: '2.0', id: 1, method: 'session/prompt', params: { sessionId: 's', prompt: [] } }
    expect((await post(prompt, connection)).status).toBe(400)
    expect((await post(prompt, { ...connection, 'acp-session-id': 'other' })).status).toBe(400)
    expect((await post(prompt, { ...connection, 'acp-session-id': 's' })).status).toBe(202)
  })

  it('writes a comment on every stream each 15 s', async () => {
    const connection = await begin()
    const { body } = await listen(connection)
    const reader = body?.getReader()
    await clock.advance(15_000)
    const { value } = (await reader?.read()) ?? {}
    expect(new TextDecoder().decode(value)).toMatch(/^:.*\n\n$/)
    await reader?.cancel()
  })

  it('ends a connection without a reader of a stream for 60 s', async () => {
    const connection = await begin()
    await clock.advance(59_000)
    expect(gateway.service.size).toBe(1)
    await clock.advance(2_000)
    expect(gateway.service.size).toBe(0)
    expect((await listen(connection)).status).toBe(404)
  })

  it('ends a connection at DELETE', async () => {
    const connection = await begin()
    const ended = await fetch(gateway.http, { method: 'DELETE', headers: { ...bearer, ...connection } })
    expect(ended.status).toBe(202)
    expect(gateway.service.size).toBe(0)
  })

  it('takes no new clients while it drains', async () => {
    await gateway.endpoint.drain(0)
    const answer = await post(initialize)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).not.toBeNull()
  })

  it('reports a page of an allowed origin what it may send', async () => {
    const answer = await fetch(gateway.http, { method: 'OPTIONS', headers: { origin: gateway.http.slice(0, -4) } })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-headers')).toContain('acp-session-id')
  })
})

describe('over a WebSocket', () => {
  let gateway: RealGateway
  const clock = new VirtualClock()
  beforeEach(async () => {
    gateway = await new RealGateway({ clock }).listen()
  })
  afterEach(() => gateway.close())

  /** Says these texts, and gives what was answered until the gateway closed, or so many answers came. */
  const talk = (texts: readonly string[], answers = 1_000): Promise<{ read: unknown[]; code: number | undefined }> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(gateway.ws, { headers: bearer })
      const read: unknown[] = []
      socket.on('open', () => {
        for (const text of texts) socket.send(text)
      })
      socket.on('message', (data) => {
        read.push(JSON.parse(String(data)))
        if (read.length === answers) socket.close(1000)
      })
      socket.on('close', (code) => resolve({ read, code: read.length === answers ? undefined : code }))
      socket.on('error', reject)
    })
  const first = JSON.stringify(initialize)

  it('names the connection in the answer to the upgrade', async () => {
    const socket = new WebSocket(gateway.ws, { headers: bearer })
    const id = await new Promise((resolve) =>
      socket.on('upgrade', ({ headers }) => resolve(headers['acp-connection-id'])),
    )
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    socket.close()
  })

  it.each([
    ['broken JSON', '{', { id: null, error: { code: -32700 } }],
    ['a batch', `[${first}]`, { id: null, error: { code: -32600 } }],
    ['a bare value', '"hello"', { id: null, error: { code: -32600 } }],
    ['an object that is no message', '{}', { id: null, error: { code: -32600 } }],
    ['a second initialize', first, { id: 0, error: { code: -32600 } }],
  ])('answers %s itself, once, and passes it on never', async (_what, text, answer) => {
    const { read } = await talk([first, text], 2)
    expect(read[1]).toMatchObject(answer)
    expect(gateway.service.received).toHaveLength(1)
  })

  it.each([
    ['another request first', JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'session/list' }), 1002],
    ['an initialize whose id is null', JSON.stringify({ ...initialize, id: null }), 1002],
    ['an id beyond 1,024 characters', JSON.stringify({ ...initialize, id: 'x'.repeat(1_025) }), 1008],
  ])('closes over %s', async (_what, text, code) => {
    expect(await talk([text])).toEqual({ read: [], code })
    expect(gateway.service.received).toEqual([])
  })

  it('passes no unreadable answer on', async () => {
    const { read } = await talk([first, '{"jsonrpc":"2.0","id":{}}', '{"jsonrpc":"2.0","id":5,"method":"x"}'], 2)
    expect(read[1]).toMatchObject({ id: 5 })
    expect(gateway.service.received).toHaveLength(2)
  })

  it('lets go who does not initialise within 60 s', async () => {
    const closed = talk([])
    await expect.poll(() => gateway.endpoint.size).toBe(1)
    await clock.advance(61_000)
    expect(await closed).toEqual({ read: [], code: 1008 })
  })

  it('asks those who are here to come back while it drains', async () => {
    const socket = new WebSocket(gateway.ws, { headers: bearer })
    socket.on('open', () => socket.send(first))
    await new Promise((resolve) => socket.once('message', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await gateway.endpoint.drain(1_000)
    expect(await closed).toBe(1012)
  })

  it('accepts no client without a credential', async () => {
    const socket = new WebSocket(gateway.ws, { headers: { authorization: 'Bearer wrong' } })
    const status = await new Promise((resolve) =>
      socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode)),
    )
    expect(status).toBe(401)
    const plain = new WebSocket(gateway.ws)
    plain.on('open', () => plain.send(first))
    expect(await new Promise((resolve) => plain.once('close', resolve))).toBe(4401)
    expect(gateway.service.received).toEqual([])
  })
})
