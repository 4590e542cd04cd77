import { createServer, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { VirtualClock } from '@holdfast/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { type OverHttp, type OverHttpLimits, overHttp } from '../src/index.ts'
import { addressOf, until } from './support.ts'

/** An endpoint that keeps what it is told, behind the carrying one. */
class Endpoint {
  readonly heard: string[] = []
  readonly requests: IncomingMessage[] = []
  readonly sockets: WebSocket[] = []
  readonly clock = new VirtualClock()
  url = ''
  /** Requests that were looked at. */
  asked = 0
  #carried: OverHttp | undefined
  readonly #webSockets = new WebSocketServer({ noServer: true })

  async start(limits: Partial<OverHttpLimits> = {}): Promise<this> {
    const carried = overHttp({
      upgrades: [{ handles: (path) => path === '/ws', upgrade: (...all) => this.#upgrade(...all) }],
      origins: ['https://app.example'],
      limits,
      clock: this.clock,
    })
    this.#carried = carried
    const server = createServer((request, response) => {
      if (carried.handles(request)) carried.handle(request, response)
      else response.writeHead(418).end()
      this.asked += 1
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      carried.close()
      server.closeAllConnections()
      server.close()
    })
    this.url = `http://127.0.0.1:${addressOf(server).port}/ws?who=me`
    return this
  }

  /** Channels that are open. */
  get size(): number | undefined {
    return this.#carried?.size
  }

  /** A channel that is polled, by name. */
  async opened(headers: Record<string, string> = {}): Promise<string> {
    const response = await fetch(this.url, { headers: { ...headers, 'holdfast-channel': 'poll' } })
    const [first] = (await response.json()) as [{ opened: { channel: string } }]
    return first.opened.channel
  }

  post(channel: string, number: number, items: readonly unknown[]): Promise<Response> {
    const headers = { 'holdfast-channel': channel, 'holdfast-number': String(number) }
    return fetch(this.url, { method: 'POST', headers, body: JSON.stringify(items) })
  }

  /** What waits for the endpoint, in bytes. */
  get unread(): number {
    return this.requests[0]?.socket.readableLength ?? 0
  }

  /** A large message for an endpoint that does not read. */
  postUnread(channel: string, number: number): Promise<Response> {
    this.sockets[0]?.pause()
    return this.post(channel, number, ['x'.repeat(1_000_000)])
  }

  poll(channel: string, number: number): Promise<Response> {
    return fetch(this.url, { headers: { 'holdfast-channel': channel, 'holdfast-number': String(number) } })
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.requests.push(request)
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.sockets.push(webSocket)
      webSocket.on('message', (data) => this.heard.push(data.toString()))
      webSocket.on('error', () => {})
    })
  }
}

/** Resolves once a number is the same for many turns of the event loop. */
async function untilSteady(read: () => number | undefined): Promise<void> {
  let [same, last] = [0, read()]
  await until(() => {
    same = read() === last ? same + 1 : 0
    last = read()
    return same === 1_000
  })
}

const codeOf = async (response: Response): Promise<unknown> => [
  response.status,
  ((await response.json()) as { error: { code: string } }).error.code,
]

it('an endpoint sees the path, the headers and the addresses of the request that opened a channel', async () => {
  const endpoint = await new Endpoint().start()
  await endpoint.opened({ authorization: 'Bearer t', cookie: 'a=b', 'x-forwarded-for': '10.0.0.9' })
  const [request] = endpoint.requests
  expect(request?.url).toBe('/ws?who=me')
  expect(request?.headers).toMatchObject({ authorization: 'Bearer t', cookie: 'a=b', 'x-forwarded-for': '10.0.0.9' })
  expect(request?.headers.host).toBe(new URL(endpoint.url).host)
  expect(request?.headers['holdfast-channel']).toBeUndefined()
  expect(request?.socket.remoteAddress).toBe('127.0.0.1')
  expect(request?.socket.localAddress).toBe('127.0.0.1')
})

it('a post that something on the way repeats has its effect once, and one that is missing ends the channel', async () => {
  const endpoint = await new Endpoint().start()
  const channel = await endpoint.opened()
  expect((await endpoint.post(channel, 0, ['one'])).status).toBe(204)
  expect((await endpoint.post(channel, 0, ['one'])).status).toBe(204)
  expect((await endpoint.post(channel, 1, ['two'])).status).toBe(204)
  await until(() => endpoint.heard.length === 2)
  expect(endpoint.heard).toEqual(['one', 'two'])
  expect(await codeOf(await endpoint.post(channel, 3, ['four']))).toEqual([400, 'server/bad_request'])
  await until(() => endpoint.sockets[0]?.readyState === 3)
  expect(endpoint.heard).toEqual(['one', 'two'])
})

it('an answer that never arrived is given again to who asks under the same number', async () => {
  const endpoint = await new Endpoint().start()
  const channel = await endpoint.opened()
  endpoint.sockets[0]?.send('hello')
  expect(await (await endpoint.poll(channel, 1)).json()).toEqual(['hello'])
  expect(await (await endpoint.poll(channel, 1)).json()).toEqual(['hello'])
  expect(await codeOf(await endpoint.poll(channel, 7))).toEqual([400, 'server/bad_request'])
})

it('the answer that carries the close is given again too, and then the channel is gone', async () => {
  const endpoint = await new Endpoint().start({ maxChannels: 1 })
  const channel = await endpoint.opened()
  endpoint.sockets[0]?.send('the last word')
  endpoint.sockets[0]?.close(4001, 'over')
  const close = { close: { code: 4001, reason: 'over' } }
  await until(() => endpoint.sockets[0]?.readyState === 3)
  expect(await (await endpoint.poll(channel, 1)).json()).toEqual(['the last word', close])
  expect(await (await endpoint.poll(channel, 1)).json()).toEqual(['the last word', close])
  expect(await codeOf(await endpoint.poll(channel, 2))).toEqual([400, 'server/bad_request'])
  // It holds no place, and takes nothing.
  expect(await codeOf(await endpoint.post(channel, 0, ['after']))).toEqual([404, 'server/channel_gone'])
  expect(await endpoint.opened()).not.toBe(channel)
  await endpoint.clock.advance(10_000)
  expect(await codeOf(await endpoint.poll(channel, 1))).toEqual([404, 'server/channel_gone'])
})

it.each([
  ['pollMs', Number.NaN],
  ['maxChannels', -1],
])('a bound that bounds nothing is refused by its name: %s %d', (name, value) => {
  const error = { code: 'server/invalid_option', message: expect.stringContaining(`limits.${name}: expected a number`) }
  expect(() => overHttp({ upgrades: [], limits: { [name]: value } })).toThrow(expect.objectContaining(error))
})

it('a body that is too large ends its channel with 1009, and nothing of it arrives', async () => {
  const endpoint = await new Endpoint().start({ maxBodyBytes: 1_000 })
  const channel = await endpoint.opened()
  expect(await codeOf(await endpoint.post(channel, 0, ['x'.repeat(2_000)]))).toEqual([413, 'server/too_large'])
  expect(await (await endpoint.poll(channel, 1)).json()).toMatchObject([{ close: { code: 1009 } }])
  expect(endpoint.heard).toEqual([])
  expect(await codeOf(await endpoint.post(channel, 1, ['after']))).toEqual([404, 'server/channel_gone'])
})

it('a client without a credential can send little until the endpoint has answered', async () => {
  const endpoint = await new Endpoint().start({ maxFirstBodyBytes: 1_000 })
  const much = ['x'.repeat(2_000)]
  const proven = await endpoint.opened({ authorization: 'Bearer t' })
  expect((await endpoint.post(proven, 0, much)).status).toBe(204)
  const welcome = await endpoint.opened()
  endpoint.sockets[1]?.send('welcome')
  expect(await (await endpoint.poll(welcome, 1)).json()).toEqual(['welcome'])
  expect((await endpoint.post(welcome, 0, much)).status).toBe(204)
  const unknown = await endpoint.opened()
  expect(await codeOf(await endpoint.post(unknown, 0, much))).toEqual([413, 'server/too_large'])
  expect(await (await endpoint.poll(unknown, 1)).json()).toMatchObject([{ close: { code: 1009 } }])
})

it('a post is answered once its endpoint has ended, though it never read what came', async () => {
  const endpoint = await new Endpoint().start()
  const channel = await endpoint.opened()
  const post = endpoint.postUnread(channel, 0)
  await until(() => endpoint.unread > 0)
  endpoint.sockets[0]?.terminate()
  expect((await post).status).toBe(204)
})

it('a post that is repeated before its endpoint has read it is answered when the first one is', async () => {
  const endpoint = await new Endpoint().start()
  const channel = await endpoint.opened()
  const first = endpoint.postUnread(channel, 0)
  await until(() => endpoint.unread > 0)
  const again = endpoint.postUnread(channel, 0)
  await until(() => endpoint.asked === 3)
  const other = fetch(endpoint.url).then(() => 'another request')
  expect(await Promise.race([again.then(() => 'again'), other])).toBe('another request')
  endpoint.sockets[0]?.resume()
  expect((await Promise.all([first, again])).map(({ status }) => status)).toEqual([204, 204])
  expect(endpoint.heard).toHaveLength(1)
})

it('a client that posts on before the last post is taken ends the channel, and what it sends is not kept', async () => {
  const endpoint = await new Endpoint().start()
  const channel = await endpoint.opened()
  const first = endpoint.postUnread(channel, 0)
  await until(() => endpoint.unread > 0)
  expect(await codeOf(await endpoint.post(channel, 1, ['more']))).toEqual([400, 'server/bad_request'])
  expect((await first).status).toBe(204)
  expect(await codeOf(await endpoint.post(channel, 1, ['more']))).toEqual([404, 'server/channel_gone'])
})

it('a post that is repeated before it is complete is kept once', async () => {
  const endpoint = await new Endpoint().start()
  const channel = await endpoint.opened()
  const headers = { 'holdfast-channel': channel, 'holdfast-number': '0' }
  const half = request(endpoint.url, { method: 'POST', headers })
  const given = new Promise((resolve) => half.once('error', resolve))
  half.write('["half of ')
  await until(() => endpoint.asked === 2)
  expect((await endpoint.post(channel, 0, ['whole'])).status).toBe(204)
  await given
  await until(() => endpoint.heard.length === 1)
  expect(endpoint.heard).toEqual(['whole'])
  expect((await endpoint.post(channel, 1, ['next'])).status).toBe(204)
})

it('a post of more messages than one may bring is refused, and the channel goes on', async () => {
  const endpoint = await new Endpoint().start()
  const channel = await endpoint.opened()
  const many = Array.from({ length: 131_073 }, () => '')
  expect(await codeOf(await endpoint.post(channel, 0, many))).toEqual([400, 'server/bad_request'])
  expect((await endpoint.post(channel, 0, ['still here'])).status).toBe(204)
  await until(() => endpoint.heard.length === 1)
})

it('a client that never reads holds no channel once its endpoint has ended and it had time to read', async () => {
  const endpoint = await new Endpoint().start({ keepAliveMs: 1_000 })
  const { hostname, port, pathname } = new URL(endpoint.url)
  const client = connect(Number(port), hostname)
  onTestFinished(() => void client.destroy())
  client.on('error', () => {})
  client.write(`GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nHoldfast-Channel: events\r\n\r\n`)
  await until(() => endpoint.sockets.length === 1)
  const [socket] = endpoint.sockets
  for (let n = 0; n < 32; n += 1) socket?.send('x'.repeat(1_000_000))
  await untilSteady(() => socket?.bufferedAmount)
  socket?.terminate()
  await until(() => socket?.readyState === 3)
  await endpoint.clock.advance(1_000)
  expect(endpoint.size).toBe(1)
  await endpoint.clock.advance(1_000)
  await until(() => endpoint.size === 0)
})

it('a client that asks no more is gone after a while, and one that asks is answered with nothing in time', async () => {
  const endpoint = await new Endpoint().start({ pollMs: 20_000, absentMs: 60_000 })
  const channel = await endpoint.opened()
  const waiting = endpoint.poll(channel, 1)
  await until(() => endpoint.asked === 2)
  await endpoint.clock.advance(20_000)
  expect(await (await waiting).json()).toEqual([])
  await endpoint.clock.advance(59_999)
  expect(endpoint.sockets[0]?.readyState).toBe(1)
  await endpoint.clock.advance(1)
  await until(() => endpoint.sockets[0]?.readyState === 3)
  expect(await codeOf(await endpoint.poll(channel, 2))).toEqual([404, 'server/channel_gone'])
})

it('a channel above the maximum is refused, and accepted once there is room', async () => {
  const endpoint = await new Endpoint().start({ maxChannels: 1 })
  const channel = await endpoint.opened()
  const refused = await fetch(endpoint.url, { headers: { 'holdfast-channel': 'events' } })
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(await codeOf(refused)).toEqual([503, 'server/unavailable'])
  const headers = { 'holdfast-channel': channel }
  expect((await fetch(endpoint.url, { method: 'DELETE', headers })).status).toBe(204)
  await until(() => endpoint.sockets[0]?.readyState === 3)
  expect(await endpoint.opened()).not.toBe(channel)
})

it('a page of another origin is refused, and one that is allowed learns what it may send', async () => {
  const endpoint = await new Endpoint().start()
  const foreign = { origin: 'https://evil.example', 'holdfast-channel': 'poll' }
  expect(await codeOf(await fetch(endpoint.url, { headers: foreign }))).toEqual([403, 'server/forbidden'])
  const asked = await fetch(endpoint.url, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'holdfast-channel,holdfast-number',
    },
  })
  expect(asked.status).toBe(204)
  expect(asked.headers.get('access-control-allow-origin')).toBe('https://app.example')
  expect(asked.headers.get('access-control-allow-headers')).toContain('holdfast-number')
})

it('a request that means no channel is left to whatever else answers', async () => {
  const endpoint = await new Endpoint().start()
  expect((await fetch(endpoint.url)).status).toBe(418)
  const elsewhere = endpoint.url.replace('/ws', '/other')
  expect((await fetch(elsewhere, { headers: { 'holdfast-channel': 'poll' } })).status).toBe(418)
})

it('a post that is no message of the wire is refused, and the channel goes on', async () => {
  const endpoint = await new Endpoint().start()
  const channel = await endpoint.opened()
  for (const body of [{ frame: 1 }, [7], [{ opened: { channel: 'x', protocol: '' } }]]) {
    const response = await endpoint.post(channel, 0, body as readonly unknown[])
    expect(await codeOf(response)).toEqual([400, 'server/bad_request'])
  }
  expect((await endpoint.post(channel, 0, ['still here'])).status).toBe(204)
  await until(() => endpoint.heard.length === 1)
})
