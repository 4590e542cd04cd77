import { expect, it } from 'vitest'
import { LinkWebSocket, ReconnectingWebSocket } from '../src/node/index.ts'
import { echoServer } from './echo-server.ts'
import { eventsOf, nextOf } from './events-of.ts'

const CLASSES = [ReconnectingWebSocket, LinkWebSocket]

it('the drop-in takes the place of a WebSocket in a typed program', () => {
  const socket: WebSocket = new ReconnectingWebSocket('ws://a.invalid', [], { startClosed: true })
  const Class: new (url: string | URL, protocols?: string | string[]) => WebSocket = LinkWebSocket
  expect([socket.readyState, typeof Class]).toEqual([3, 'function'])
})

it.each(CLASSES)('the class %o has the constants on itself and on each socket', (Socket) => {
  const names = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const
  const socket = Reflect.construct(EventTarget, [], Socket)
  expect(names.map((name) => [Socket[name], Reflect.get(socket, name)])).toEqual([0, 1, 2, 3].map((n) => [n, n]))
})

it.each(CLASSES)('the class %o refuses what no WebSocket dials, with a SyntaxError', (Socket) => {
  const open = (url: string, protocols?: string | string[]) => () => new Socket(url, protocols)
  for (const url of ['ws://', 'no url', 'mailto:me', 'ws://a.invalid/#part']) {
    expect(open(url), url).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
  }
  for (const names of ['', 'a b', 'a,b', ['a', 'a']]) {
    expect(open('ws://a.invalid', names)).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
  }
})

it.each(CLASSES)('the class %o fires open, message and close as a WebSocket does', async (Socket) => {
  await using server = await echoServer(['b', 'a'])
  const socket = new Socket(new URL(server.url.replace('ws:', 'http:')), ['a', 'b'])
  const events = eventsOf(socket)
  expect([socket.readyState, socket.url, socket.protocol, socket.extensions]).toEqual([0, server.url, '', ''])
  await nextOf(socket, 'open')
  expect([socket.readyState, socket.protocol]).toEqual([1, 'b'])
  socket.send('hello')
  const { data, origin } = await nextOf(socket, 'message')
  expect([data, origin]).toEqual(['hello', server.url.slice(0, -1)])
  socket.close(3456, 'bye')
  expect(socket.readyState).toBe(2)
  const { code, reason, wasClean } = await nextOf(socket, 'close')
  expect([socket.readyState, code, reason, wasClean]).toEqual([3, 3456, 'bye', true])
  expect(events).toEqual(['open', 'message hello', 'close 3456'])
  await expect.poll(() => server.closes).toEqual([{ code: 3456, reason: 'bye' }])
})

it.each(CLASSES)('the class %o sends every type in order, each as it was when it was sent', async (Socket) => {
  await using server = await echoServer()
  const socket = new Socket(server.url)
  const bytes = new Uint8Array([0, 1, 2, 3])
  for (const data of ['text', new Blob(['blob']), bytes, bytes.subarray(1, 3), new DataView(bytes.buffer, 2)]) {
    socket.send(data)
  }
  socket.send(bytes.buffer)
  bytes.fill(9)
  socket.send(Reflect.apply(String, undefined, [42]))
  Reflect.apply(socket.send, socket, [null])
  const all = ['text', '626c6f62', '00010203', '0102', '0203', '00010203', '42', 'null']
  await expect.poll(() => server.received).toEqual(all)
  socket.close()
  await nextOf(socket, 'close')
})

it.each(CLASSES)('the class %o gives bytes as binaryType says, and ignores an unknown value', async (Socket) => {
  await using server = await echoServer()
  const socket = new Socket(server.url)
  expect(socket.binaryType).toBe('blob')
  Reflect.set(socket, 'binaryType', 'nodebuffer')
  expect(socket.binaryType).toBe('blob')
  socket.send(new Uint8Array([1, 2]))
  const { data: blob } = await nextOf(socket, 'message')
  expect(blob).toBeInstanceOf(Blob)
  socket.binaryType = 'arraybuffer'
  socket.send(new Uint8Array([1, 2]))
  const { data: buffer } = await nextOf(socket, 'message')
  expect(buffer).toEqual(new Uint8Array([1, 2]).buffer)
  socket.close()
  await nextOf(socket, 'close')
})

it.each(CLASSES)('the class %o takes the close codes and reasons that programs may use', async (Socket) => {
  await using server = await echoServer()
  const socket = new Socket(server.url)
  for (const code of [0, 999, 1001, 1005, 1006, 2999, 5000, 65_536, Number.NaN]) {
    expect(() => socket.close(code), `${code}`).toThrow(expect.objectContaining({ name: 'InvalidAccessError' }))
  }
  expect(() => socket.close(1000, 'ä'.repeat(62))).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
  expect(socket.readyState).toBe(0)
  await nextOf(socket, 'open')
  socket.close(1000, 'ä'.repeat(61))
  socket.close()
  expect(await nextOf(socket, 'close')).toMatchObject({ code: 1000, reason: 'ä'.repeat(61), wasClean: true })
})

it.each(CLASSES)('the class %o fires error and close later when closed while connecting', async (Socket) => {
  await using server = await echoServer()
  const socket = new Socket(server.url)
  const events = eventsOf(socket)
  socket.close()
  expect([socket.readyState, events]).toEqual([2, []])
  await nextOf(socket, 'close')
  expect([socket.readyState, events]).toEqual([3, ['error', 'close 1006 lost']])
})

it.each(CLASSES)('the class %o drops what is sent after the end, counts it and says so', async (Socket) => {
  await using server = await echoServer()
  const socket = new Socket(server.url)
  await nextOf(socket, 'open')
  socket.close()
  socket.send('äöü')
  await nextOf(socket, 'close')
  socket.send('four')
  expect(socket.bufferedAmount).toBe(10)
  expect((await nextOf(socket, 'undelivered')).error).toMatchObject({ code: 'websocket/closed' })
  expect(server.received).toEqual([])
})

it.each(CLASSES)('the class %o calls an on… attribute in its place among the listeners', async (Socket) => {
  await using server = await echoServer()
  const socket = new Socket(server.url)
  const order: string[] = []
  expect(socket.onopen).toBe(null)
  socket.addEventListener('open', () => order.push('first'))
  socket.onopen = () => order.push('old')
  socket.addEventListener('open', { handleEvent: () => order.push('last') })
  const handler = function (this: unknown) {
    order.push(this === socket ? 'new' : 'lost this')
  }
  socket.onopen = handler
  expect(socket.onopen).toBe(handler)
  socket.onclose = () => order.push('never')
  socket.onclose = null
  await nextOf(socket, 'open')
  socket.close()
  await nextOf(socket, 'close')
  expect(order).toEqual(['first', 'new', 'last'])
})

it.each(CLASSES)('the class %o sends what was sent before close(), blobs too', async (Socket) => {
  await using server = await echoServer()
  const socket = new Socket(server.url)
  await nextOf(socket, 'open')
  socket.send(new Blob(['x'.repeat(100_000)]))
  socket.send('last')
  socket.close()
  await nextOf(socket, 'close')
  expect(server.received.map((text) => text.length)).toEqual([200_000, 4])
})
