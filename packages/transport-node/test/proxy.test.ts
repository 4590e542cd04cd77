import {
  startWebSocketServer,
  type WebSocketConformanceServer,
  type WebSocketServerOptions,
} from '@holdfast/testkit/conformance/web-socket-server'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nodeWebSocket } from '../src/index.ts'
import { type ConnectProxy, startConnectProxy } from './connect-proxy.ts'
import { everythingTold, gone, open, openError, pem } from './support.ts'

let proxy: ConnectProxy
let server: WebSocketConformanceServer

beforeEach(async () => {
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, '')
    vi.stubEnv(name.toLowerCase(), '')
  }
  proxy = await startConnectProxy(() => '127.0.0.1')
  server = await startWebSocketServer()
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await server.close()
  await proxy.close()
})

async function serve(options: WebSocketServerOptions): Promise<void> {
  await server.close()
  server = await startWebSocketServer(options)
}

test('the Node transport tunnels ws: through the proxy that the environment names', async () => {
  vi.stubEnv('HTTP_PROXY', proxy.url)
  const channel = await open(nodeWebSocket(), `ws://hub.test:${server.port}/`)
  channel.send('through')
  const link = await server.link()
  expect(await link.received(1)).toEqual(['through'])
  expect(proxy.asked).toEqual([`hub.test:${server.port}`])
  channel.terminate()
})

test('the Node transport tunnels wss: through HTTPS_PROXY, and speaks TLS with the target inside', async () => {
  await serve({ tls: { cert: pem('server.crt'), key: pem('server.key') } })
  vi.stubEnv('HTTPS_PROXY', proxy.url)
  const transport = nodeWebSocket({ tls: { ca: pem('ca.crt') } })
  const channel = await open(transport, `wss://server.test:${server.port}/`)
  channel.send('private')
  const link = await server.link()
  expect(await link.received(1)).toEqual(['private'])
  expect(proxy.asked).toEqual([`server.test:${server.port}`])
  channel.terminate()
})

test('the Node transport goes around the proxy where NO_PROXY says so', async () => {
  vi.stubEnv('HTTP_PROXY', proxy.url)
  vi.stubEnv('NO_PROXY', '127.0.0.1')
  const channel = await open(nodeWebSocket(), server.url)
  await server.link()
  expect(proxy.asked).toEqual([])
  channel.terminate()
})

test('the Node transport goes around the proxy of the environment with the option false', async () => {
  vi.stubEnv('HTTP_PROXY', proxy.url)
  const channel = await open(nodeWebSocket({ proxy: false }), server.url)
  await server.link()
  expect(proxy.asked).toEqual([])
  channel.terminate()
})

test('the Node transport gives the credentials in the proxy URL to the proxy, and the headers of the target to the target alone', async () => {
  const transport = nodeWebSocket({ proxy: `http://ann:s3cret%21@127.0.0.1:${proxy.port}` })
  const channel = await open(transport, server.url, { authorization: 'Bearer target' })
  const link = await server.link()
  expect(proxy.credentials).toEqual([`Basic ${Buffer.from('ann:s3cret!').toString('base64')}`])
  expect(link.requestHeaders['authorization']).toBe('Bearer target')
  expect(link.requestHeaders['proxy-authorization']).toBeUndefined()
  channel.terminate()
})

test("the Node transport reports a proxy's refusal as the proxy's, with nothing secret", async () => {
  proxy.answer = {
    status: 407,
    headers: 'proxy-authenticate: Basic realm="x"\r\nx-proxy: one\r\ncontent-length: 13\r\n',
    body: 'who are you?\n',
  }
  const transport = nodeWebSocket({ proxy: `http://ann:s3cret@127.0.0.1:${proxy.port}` })
  const error = await openError(open(transport, server.url))
  expect(error.details).toMatchObject({ proxyStatus: 407, headers: { 'x-proxy': 'one' }, body: 'who are you?\n' })
  expect(error.details.status).toBeUndefined()
  expect(error.details.headers).not.toHaveProperty('proxy-authenticate')
  expect(everythingTold(error)).not.toContain('s3cret')
})

test("the Node transport does not take a proxy's refusal for the server's own, whatever its body looks like", async () => {
  const body = '{"error":{"code":"hub/not_found","message":"none"}}'
  proxy.answer = { status: 404, headers: `content-length: ${body.length}\r\n`, body }
  const error = await openError(open(nodeWebSocket({ proxy: `http://127.0.0.1:${proxy.port}` }), server.url))
  expect(error.details).toMatchObject({ proxyStatus: 404, body })
  expect(error.details.word).toBeUndefined()
})

test("the Node transport reports the target's refusal through a tunnel as the target's", async () => {
  await server.plan({ kind: 'refuse', status: 429, headers: { 'retry-after': '3' } })
  const error = await openError(open(nodeWebSocket({ proxy: proxy.url }), server.url))
  expect(error.details).toMatchObject({ status: 429, retryAfterMs: 3000 })
})

test('the Node transport reports a proxy that is not there', async () => {
  await proxy.close()
  const error = await openError(open(nodeWebSocket({ proxy: proxy.url }), server.url))
  expect(error.details.syscallCode).toBe('ECONNREFUSED')
  proxy = await startConnectProxy()
})

test('the Node transport frees the connection to a proxy that does not answer, when the dial is aborted', async () => {
  proxy.answer = 'hang'
  const controller = new AbortController()
  const asking = proxy.asking()
  const dialing = nodeWebSocket({ proxy: proxy.url }).open({ url: server.url }, { signal: controller.signal })
  dialing.catch(() => {})
  const socket = await asking
  const ended = gone(socket)
  controller.abort('enough')
  await expect(dialing).rejects.toBe('enough')
  await ended
})

test('the Node transport frees the tunnel when the dial is aborted while the target does not answer', async () => {
  await server.plan({ kind: 'hang' })
  const controller = new AbortController()
  const dialing = nodeWebSocket({ proxy: proxy.url }).open({ url: server.url }, { signal: controller.signal })
  dialing.catch(() => {})
  await server.dialed()
  controller.abort('enough')
  await expect(dialing).rejects.toBe('enough')
  await server.idle()
})
