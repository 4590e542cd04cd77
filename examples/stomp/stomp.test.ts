import { once } from 'node:events'
import { createServer } from 'node:http'
import { type ChaosProxy, startChaosProxy } from '@holdfast/chaos-proxy'
import { nodeWebSocket } from '@holdfast/transport-node'
import StompServer from 'stomp-broker-js'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RETRY_OFTEN, throughFaults } from '../../tests/e2e/support/through-faults.ts'
import { connectStomp } from './stomp-client.ts'
import { stompFrames, textOf } from './stomp-frames.ts'

const OPEN = 1
let http: ReturnType<typeof createServer>
let broker: StompServer
let proxy: ChaosProxy
let reader: ReturnType<typeof connectStomp>
let writer: ReturnType<typeof connectStomp>

beforeEach(async () => {
  http = createServer()
  broker = new StompServer({ server: http, path: '/stomp', heartbeat: [200, 0] })
  // It throws at a subscriber whose link is closing, and the others get nothing.
  broker.addMiddleware('send', (_socket, _sent, next) => {
    broker.subscribes = broker.subscribes.filter(({ socket }) => socket.readyState === OPEN)
    return next()
  })
  await once(http.listen(0, '127.0.0.1'), 'listening')
  const address = http.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  proxy = await startChaosProxy({ target: { host: '127.0.0.1', port } })
  // It answers no receipts, and gives nobody what came over the same link.
  const options = { transport: nodeWebSocket(), receipts: false, retry: RETRY_OFTEN }
  const liveness = { intervalMs: 200, timeoutMs: 1_000 }
  reader = connectStomp({ ...options, url: `ws://${proxy.address}/stomp`, liveness })
  writer = connectStomp({ ...options, url: `ws://127.0.0.1:${port}/stomp` })
  await Promise.all([reader, writer].map(({ connection }) => connection.connect()))
})

afterEach(async () => {
  await Promise.all([reader, writer].map(({ connection }) => connection.close({ flushMs: 0 })))
  await proxy.close()
  http.closeAllConnections()
  await new Promise((resolve) => http.close(resolve))
})

it('a subscription comes back after every fault, with a gap where something may be missing', async () => {
  const seen: (number | 'gap')[] = []
  let count = 0
  void (async () => {
    for await (const one of reader.subscribe('/topic.news')) {
      seen.push(one.type === 'gap' ? 'gap' : Number(textOf(one.message)))
    }
  })()
  const send = () => {
    count += 1
    void writer.send('/topic.news', String(count))
    return count
  }
  await expect.poll(() => send() && seen.length).toBeGreaterThan(0)
  const ticking = setInterval(send, 20)
  await throughFaults(proxy, reader.connection, send)
  clearInterval(ticking)
  await expect.poll(() => send() && seen.at(-1)).not.toBe('gap')
  const last = send()
  await expect.poll(() => seen.at(-1)).toBe(last)

  expect(seen.filter((one) => one === 'gap').length).toBeGreaterThanOrEqual(6)
  // Nothing is missing where no gap stands in its place, and nothing comes twice.
  seen.forEach((one, at) => {
    const before = seen[at - 1]
    if (typeof before === 'number' && typeof one === 'number') expect(one).toBe(before + 1)
  })
})

it('a broker that counts characters loses no bytes', async () => {
  const stream = reader.subscribe('/topic.words')
  const subscribed = new Promise((resolve) => broker.on('subscribe', resolve))
  const first = stream.next()
  await subscribed
  await writer.send('/topic.words', 'fünf Wörter über Größe')
  const { value } = await first
  expect(value?.type === 'message' && textOf(value.message)).toBe('fünf Wörter über Größe')
  await stream.return()
})

it('headers are escaped, bodies may have any byte, and frames are found in whatever pieces they come', () => {
  const sent = { command: 'MESSAGE', headers: { 'a:b': 'c\nd\\e:f\r' }, body: new Uint8Array([0, 10, 0]) }
  const wire = stompFrames.encode(sent)
  if (!(wire instanceof Uint8Array)) throw new Error('bytes were given')
  const got: unknown[] = []
  const taker = {
    isPaused: false,
    decoded: (one: unknown) => got.push(one),
    threw: (error: unknown) => got.push(error),
  }
  const frames = stompFrames.reader?.(taker)
  for (let at = 0; at < wire.length; at += 1) frames?.frame(wire.subarray(at, at + 1))
  expect(got).toMatchObject([{ ok: true, message: { ...sent, headers: { ...sent.headers, 'content-length': '3' } } }])
})
