import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import {
  CODER_WS_CLOSE_CODE,
  CoderHubWebSocketClient,
  CoderHubWebSocketError,
  CoderSSEClient,
  CoderSSEError,
  isTerminalCloseCode,
  parseClientMessage,
  parseObserverSseMessage,
  parseServerMessage,
  streamCoderSessionSSE,
  subscribeToCoderHub,
} from '../src/compat/index.ts'
import { discoverHubUrl, hubFromEnvironment } from '../src/node/index.ts'
import { broadcast } from './fixture.ts'

let http: Server
let sockets: WebSocketServer
let base: string
const streams = new Set<ServerResponse>()
let onSocket: (socket: WebSocket, url: URL) => void
let onStream: (response: ServerResponse, url: URL) => void

beforeEach(async () => {
  onSocket = (socket) => socket.send(JSON.stringify({ type: 'init', role: 'observer', sessionId: 's1', agents: [] }))
  onStream = (response) => response.end()
  http = createServer((request, response) => {
    const url = new URL(request.url ?? '', base)
    if (url.pathname === '/coder') {
      response.end(JSON.stringify({ success: true, data: { url: `${base}/` } }))
      return
    }
    streams.add(response)
    onStream(response, url)
  })
  sockets = new WebSocketServer({ server: http })
  sockets.on('connection', (socket, request) => onSocket(socket, new URL(request.url ?? '', base)))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
})

afterEach(async () => {
  vi.unstubAllEnvs()
  for (const socket of sockets.clients) socket.terminate()
  for (const response of streams) response.destroy()
  streams.clear()
  await new Promise((resolve) => http.close(resolve))
})

const heard = (socket: WebSocket, type: string): Promise<Record<string, unknown>> =>
  new Promise((resolve) => {
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Record<string, unknown>
      if (message['type'] === type) resolve(message)
    })
  })

describe('the published names', () => {
  it('CoderHubWebSocketClient: callbacks, send, close', async () => {
    vi.stubEnv('AGENTUITY_CODER_URL', base)
    vi.stubEnv('AGENTUITY_SDK_KEY', 'key')
    const states: string[] = []
    const entry = new Promise<Record<string, unknown>>((resolve) => {
      const answer = onSocket
      onSocket = (socket, url) => {
        expect(url.searchParams.has('api_key')).toBe(false)
        answer(socket, url)
        void heard(socket, 'session_entry').then(resolve)
      }
    })
    const sessionId = await new Promise((resolve) => {
      const client = new CoderHubWebSocketClient({
        sessionId: 'session-123',
        role: 'observer',
        onInit: (init) => {
          resolve(init.sessionId)
          client.send({ type: 'ping', timestamp: Date.now() })
          client.send({ type: 'session_entry', path: 'entries.jsonl', line: '{}' })
        },
        onStateChange: (state) => states.push(state),
      })
      client.connect()
      void entry.then(() => client.close())
    })
    expect(sessionId).toBe('s1')
    expect(await entry).toMatchObject({ path: 'entries.jsonl' })
    await vi.waitFor(() => expect(states).toEqual(['connecting', 'authenticating', 'connected', 'closed']))
  })

  it('sendAndWait after onInit was set later', async () => {
    onSocket = (socket) => {
      socket.send(JSON.stringify({ type: 'init', role: 'controller', sessionId: 's1' }))
      void heard(socket, 'event').then(({ id }) => socket.send(JSON.stringify({ id, actions: [{ action: 'ACK' }] })))
    }
    const client = new CoderHubWebSocketClient({ url: base, sessionId: 's1', role: 'controller' })
    client.connect()
    await new Promise((resolve) => {
      client.onInit = () => resolve(undefined)
    })
    const response = await client.sendAndWait({ type: 'event', event: 'steer', data: { direction: 'continue' } })
    expect(response.actions).toEqual([{ action: 'ACK' }])
    const error = await client
      .sendAndWait({ type: 'command', name: 'x', args: '' }, 1)
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(CoderHubWebSocketError)
    expect(error).toMatchObject({ code: 'response_timeout', sessionId: 's1' })
    client.close()
    expect(client.state).toBe('closed')
  })

  it('subscribeToCoderHub: yields, ends with break, throws what is final', async () => {
    const answer = onSocket
    onSocket = (socket, url) => {
      answer(socket, url)
      socket.send(JSON.stringify(broadcast(1)))
    }
    for await (const message of subscribeToCoderHub({ url: base, sessionId: 's1', role: 'observer' })) {
      if (message.type !== 'broadcast') continue
      expect(message).toMatchObject({ event: 'task_start' })
      break
    }
    onSocket = (socket) => socket.close(4403, 'no')
    const caught = await subscribeToCoderHub({ url: base })
      .next()
      .catch((error: unknown) => error)
    expect(caught).toBeInstanceOf(CoderHubWebSocketError)
    expect(caught).toMatchObject({ code: 'connection_error', closeCode: 4403, closeReason: 'no' })
  })

  it('CoderSSEClient and streamCoderSessionSSE', async () => {
    onStream = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`event: broadcast\r\ndata: ${JSON.stringify(broadcast(1))}\r\n\r\n`)
    }
    const told = await new Promise((resolve) => {
      const client = new CoderSSEClient({
        url: base,
        sessionId: 's1',
        onBroadcast: (data) => {
          resolve(data.event)
          client.close()
        },
      })
      client.connect()
    })
    expect(told).toBe('task_start')
    const controller = new AbortController()
    const events: string[] = []
    for await (const event of streamCoderSessionSSE({ url: base, sessionId: 's1', signal: controller.signal })) {
      events.push(event.event)
      if (event.data.type === 'broadcast' && event.data['event'] === 'task_start') controller.abort()
    }
    expect(events).toEqual(['broadcast'])
    onStream = (response) => response.writeHead(404).end()
    const caught = await streamCoderSessionSSE({ url: base, sessionId: 's1' })
      .next()
      .catch((error: unknown) => error)
    expect(caught).toBeInstanceOf(CoderSSEError)
    expect(caught).toMatchObject({ code: 'connection_failed', details: { status: 404 } })
  })

  it('close codes and parsers', () => {
    expect(CODER_WS_CLOSE_CODE.SESSION_ACTIVE).toBe(4409)
    expect([4401, 4408, 4429, 1006].map(isTerminalCloseCode)).toEqual([true, false, false, false])
    expect(parseServerMessage(broadcast(1))).toMatchObject({ type: 'broadcast' })
    expect(parseServerMessage(null)).toBeNull()
    expect(parseClientMessage({ type: 'ping', timestamp: 1 })).toEqual({ type: 'ping', timestamp: 1 })
    expect(parseClientMessage(undefined)).toBeNull()
    expect(parseObserverSseMessage(broadcast(1))).toMatchObject({ type: 'broadcast' })
    expect(parseObserverSseMessage(undefined)).toBeNull()
  })
})

describe('environment and URL lookup (hub §8)', () => {
  const context = {
    attempt: 1,
    reason: 'initial',
    previousError: undefined,
    signal: new AbortController().signal,
  } as const

  it('takes what is given, then the environment', () => {
    const env = { AGENTUITY_SDK_KEY: '', AGENTUITY_CLI_KEY: 'cli', AGENTUITY_CODER_URL: 'https://coder' }
    expect(hubFromEnvironment({ env })).toEqual({ url: 'https://coder', token: 'cli' })
    expect(hubFromEnvironment({ env: { ...env, AGENTUITY_SDK_KEY: 'sdk' } }).token).toBe('sdk')
    expect(hubFromEnvironment({ env, url: 'https://mine', token: 'k' })).toEqual({ url: 'https://mine', token: 'k' })
  })

  it('looks the URL up with the key', async () => {
    const { url } = hubFromEnvironment({ env: { AGENTUITY_CATALYST_URL: base }, token: () => 'key' })
    expect(typeof url === 'function' ? await url(context) : url).toBe(base)
  })

  it.each([
    [401, 'hub/auth_failed'],
    [500, 'hub/connection_failed'],
  ])('says that the lookup failed with HTTP %i', async (status, code) => {
    const lookup = discoverHubUrl({ catalyst: 'https://c', fetch: async () => new Response('', { status }) })
    await expect(lookup).rejects.toMatchObject({ code, details: { status } })
  })

  it.each(['', '{}', 'null', '{"url":7}', '{"data":null}'])('does not take %s for an answer', async (body) => {
    const lookup = discoverHubUrl({ catalyst: 'https://c', fetch: async () => new Response(body) })
    await expect(lookup).rejects.toMatchObject({ code: 'hub/connection_failed' })
  })
})
