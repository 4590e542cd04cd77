import { once } from 'node:events'
import { createServer } from 'node:http'
import { type ClientProtocol, Connection, type SseEvent } from '@holdfast/core'
import { browserWebSocket } from '@holdfast/transport-browser'
import { nodeWebSocket } from '@holdfast/transport-node'
import { eventStream } from '@holdfast/transport-sse'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'

/** Events, and sockets that echo. */
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('retry: 250\ndata: "hello"\n\n')
  streams.add(response)
})
const streams = new Set<{ destroy(): void }>()
const sockets = new WebSocketServer({ server })
let host: string

beforeAll(async () => {
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data))))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  // React Native's signals (the package abort-controller 3) have neither these nor a reason.
  Reflect.deleteProperty(AbortSignal.prototype, 'throwIfAborted')
  Reflect.deleteProperty(AbortSignal, 'any')
  Reflect.deleteProperty(AbortSignal, 'timeout')
  Reflect.deleteProperty(AbortSignal, 'abort')
  Object.defineProperty(AbortSignal.prototype, 'reason', { configurable: true, value: undefined })
})

afterAll(() => {
  for (const socket of sockets.clients) socket.terminate()
  server.closeAllConnections()
  server.close()
})

function cut(): void {
  for (const socket of sockets.clients) socket.terminate()
  for (const stream of streams) stream.destroy()
  streams.clear()
}

it.each([
  ['nodeWebSocket()', nodeWebSocket({ proxy: false })],
  ['browserWebSocket()', browserWebSocket({ WebSocket, classify: false })],
])('the client %s works under an AbortController of React Native', async (_name, transport) => {
  const messages: unknown[] = []
  const connection = new Connection({
    transport,
    target: `ws://${host}/`,
    onMessage: (message) => void messages.push(message),
  })
  await connection.connect()
  for (const text of ['before', 'after']) {
    connection.send(text)
    await vi.waitFor(() => expect(messages).toContain(text), 15_000)
    const { opens } = connection.metrics
    cut()
    await vi.waitFor(() => expect(connection.metrics.opens).toBeGreaterThan(opens), 15_000)
  }
  await connection.close()

  const abort = new AbortController()
  const never = new Connection({ transport, target: 'ws://127.0.0.1:1/', signal: abort.signal })
  const opening = never.connect({ signal: abort.signal })
  abort.abort()
  await expect(opening).rejects.toBeInstanceOf(Error)
  await never.close()
})

it('eventStream() opens, receives and reconnects under an AbortController of React Native', async () => {
  const messages: unknown[] = []
  const protocol: ClientProtocol<string, never, SseEvent, never> = {
    name: 'events',
    codec: { decode: ({ data }) => ({ ok: true, message: data }), encode: () => [] },
  }
  const connection = new Connection({
    transport: eventStream(),
    target: `http://${host}/`,
    protocol,
    onMessage: (message) => void messages.push(message),
  })
  await connection.connect()
  await vi.waitFor(() => expect(messages).toHaveLength(1), 15_000)
  cut()
  await vi.waitFor(() => expect(messages).toHaveLength(2), 15_000)
  await connection.close()
})
