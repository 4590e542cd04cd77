import { VirtualClock } from '@holdfast/testkit'
import { startWebSocketServer, type WebSocketConformanceServer } from '@holdfast/testkit/conformance/web-socket-server'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeWebSocket } from '../src/index.ts'
import { type RawServer, startRawServer, upgraded } from './raw-server.ts'
import { everythingTold, gone, open, openError } from './support.ts'

const transport = nodeWebSocket({ proxy: false })
let server: WebSocketConformanceServer
let raw: RawServer

beforeEach(async () => {
  server = await startWebSocketServer()
  raw = await startRawServer()
})
afterEach(async () => {
  await server.close()
  await raw.close()
})

test('the Node transport reports status, headers, Retry-After and body of a refusal', async () => {
  const headers = { 'Retry-After': '120', 'X-Request-Id': '7', 'Set-Cookie': 'session=1' }
  await server.plan({ kind: 'refuse', status: 429, headers, body: '{"error":"slow down"}' })
  const error = await openError(open(transport, server.url))
  expect(error.details).toEqual({
    status: 429,
    retryAfterMs: 120_000,
    headers: { 'content-length': '21', connection: 'close', 'retry-after': '120', 'x-request-id': '7' },
    body: '{"error":"slow down"}',
  })
  expect(error.message).toContain('429')
})

test('the Node transport takes a date for Retry-After', async () => {
  const headers = { date: 'Wed, 21 Oct 2015 07:28:00 GMT', 'retry-after': 'Wed, 21 Oct 2015 07:29:00 GMT' }
  await server.plan({ kind: 'refuse', status: 503, headers })
  expect((await openError(open(transport, server.url))).details.retryAfterMs).toBe(60_000)
})

test('the Node transport keeps at most 4 KiB of the body, and frees the connection of a longer one', async () => {
  await server.plan({ kind: 'refuse', status: 500, body: 'x'.repeat(1_000_000) })
  expect((await openError(open(transport, server.url))).details.body).toBe('x'.repeat(4096))
  await server.idle()
})

test('the Node transport waits for no more of a body than it keeps', async () => {
  const asked = raw.next()
  const opening = openError(open(nodeWebSocket({ proxy: false, clock: new VirtualClock() }), raw.url))
  const { socket } = await asked
  socket.write(`HTTP/1.1 403 No\r\ncontent-length: 1000000\r\n\r\n${'x'.repeat(5000)}`)
  expect((await opening).details.body).toBe('x'.repeat(4096))
})

test('the Node transport does not wait for a body that never ends', async () => {
  const clock = new VirtualClock()
  const asked = raw.next()
  const opening = openError(open(nodeWebSocket({ proxy: false, clock }), raw.url))
  const { socket } = await asked
  socket.write('HTTP/1.1 403 No\r\ncontent-length: 100\r\n\r\nthe beginning')
  const ended = gone(socket)
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve))
  await clock.advance(1000)
  expect((await opening).details).toMatchObject({ status: 403 })
  socket.resume()
  await ended
})

test('the Node transport stops reading the body of a refusal when the dial is aborted', async () => {
  const clock = new VirtualClock()
  const controller = new AbortController()
  const asked = raw.next()
  const opening = nodeWebSocket({ proxy: false, clock }).open({ url: raw.url }, { signal: controller.signal })
  opening.catch(() => {})
  const { socket } = await asked
  socket.write('HTTP/1.1 403 No\r\ncontent-length: 100\r\n\r\nthe beginning')
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve))
  const ended = gone(socket)
  controller.abort('enough')
  await expect(opening).rejects.toBe('enough')
  socket.resume()
  await ended
  while (clock.pending > 0) await new Promise((resolve) => setImmediate(resolve))
})

test('the Node transport follows no redirection, and says where it would lead without its secrets', async () => {
  await server.plan({ kind: 'refuse', status: 302, headers: { location: 'https://login.test/?access_token=s3cret' } })
  const error = await openError(open(transport, server.url))
  expect(error.details).toMatchObject({ status: 302, headers: { location: 'https://login.test/?access_token=***' } })
})

test("the Node transport reports the system's code without a listener, and where the name is unknown", async () => {
  await server.close()
  expect((await openError(open(transport, server.url))).details.syscallCode).toBe('ECONNREFUSED')
  expect((await openError(open(transport, 'ws://name.invalid/'))).details.syscallCode).toMatch(/ENOTFOUND|EAI_AGAIN/)
  server = await startWebSocketServer()
})

test.each(['', 'not a url', 'https//typo', 'ftp://host/', 'ws://host/#fragment', 'ws://ann:s3cret@ho st/'])(
  'the Node transport refuses the target "%s" without repeating it',
  async (url) => {
    const error = await openError(open(transport, url))
    expect(everythingTold(error)).not.toContain('s3cret')
  },
)

test('the Node transport keeps secrets of a URL out of its errors', async () => {
  await server.plan({ kind: 'refuse', status: 401 })
  const url = `ws://ann:s3cret-password@127.0.0.1:${server.port}/?access_token=s3cret-token&session=7`
  const error = await openError(open(transport, url, { authorization: 'Bearer s3cret-bearer' }))
  expect(error.message).toContain('session=7')
  expect(everythingTold(error)).not.toContain('s3cret')
})

test('the Node transport reports headers of the upgrade, without cookies', async () => {
  const asked = raw.next()
  const opening = open(transport, raw.url)
  const { socket, request } = await asked
  socket.write(upgraded(request, 'X-Node: seven\r\nset-cookie: session=1\r\n'))
  const channel = await opening
  expect(channel.opening).toMatchObject({ protocol: '', headers: { 'x-node': 'seven' } })
  expect(channel.opening.headers).not.toHaveProperty('set-cookie')
  channel.terminate()
})

test('the Node transport takes no upgrade whose key was not answered (RFC 6455 section 4.1)', async () => {
  const asked = raw.next()
  const opening = openError(open(transport, raw.url))
  const { socket } = await asked
  socket.write(upgraded('sec-websocket-key: another\r\n'))
  expect((await opening).message).toContain('Sec-WebSocket-Accept')
})
