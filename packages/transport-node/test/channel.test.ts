import { getEventListeners, once } from 'node:events'
import type { Socket } from 'node:net'
import type { WebSocketChannel, WebSocketFrame } from '@holdfast/contract'
import { VirtualClock } from '@holdfast/testkit'
import { RecordingSink } from '@holdfast/testkit/conformance'
import { startWebSocketServer } from '@holdfast/testkit/conformance/web-socket-server'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { NODE_WEB_SOCKET_DEFAULTS, type NodeWebSocketOptions, nodeWebSocket } from '../src/index.ts'
import { CLOSE, frame, type RawServer, startRawServer, TEXT, upgraded } from './raw-server.ts'
import { open } from './support.ts'

let raw: RawServer
beforeEach(async () => {
  raw = await startRawServer()
})
afterEach(() => raw.close())

interface Opened {
  readonly channel: WebSocketChannel
  readonly socket: Socket
}

/** Opens a channel to a server of bytes; `first` leaves in the same segment as the answer to the upgrade. */
async function opened(options: NodeWebSocketOptions = {}, first: Uint8Array = Buffer.alloc(0)): Promise<Opened> {
  const asked = raw.next()
  const opening = open(nodeWebSocket({ proxy: false, ...options }), raw.url)
  const { socket, request } = await asked
  socket.write(Buffer.concat([Buffer.from(upgraded(request)), first]))
  return { channel: await opening, socket }
}

function started(channel: WebSocketChannel): RecordingSink<WebSocketFrame> {
  const sink = new RecordingSink<WebSocketFrame>()
  channel.start(sink)
  return sink
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a channel of the Node transport delivers frames that share a segment with the answer to the upgrade', async () => {
  const { channel } = await opened({}, Buffer.concat([frame(TEXT, 'first'), frame(TEXT, 'second')]))
  await turn()
  const sink = started(channel)
  expect(await sink.received(2)).toEqual(['first', 'second'])
  channel.terminate()
})

test('a channel of the Node transport holds frames of a segment that was already read, when paused in the midst of it', async () => {
  const { channel, socket } = await opened()
  const sink = new RecordingSink<WebSocketFrame>((text) => {
    if (text === 'one') channel.pause()
  })
  channel.start(sink)
  socket.write(Buffer.concat(['one', 'two', 'three'].map((text) => frame(TEXT, text))))
  await sink.received(1)
  await turn()
  expect(sink.frames).toEqual(['one'])
  channel.resume()
  expect(await sink.received(3)).toEqual(['one', 'two', 'three'])
  channel.terminate()
})

test('a channel of the Node transport reports a close that was read together with frames after them, though paused in their midst', async () => {
  const { channel, socket } = await opened()
  const sink = new RecordingSink<WebSocketFrame>((text) => {
    if (text === 'one') channel.pause()
  })
  channel.start(sink)
  socket.end(Buffer.concat([frame(TEXT, 'one'), frame(TEXT, 'two'), frame(CLOSE, Buffer.from([0x0f, 0xa0]))]))
  await sink.received(1)
  channel.resume()
  expect(await sink.ended()).toMatchObject({ code: 4000, clean: true })
  expect(sink.frames).toEqual(['one', 'two'])
})

test.each([
  ['an unknown opcode', Buffer.from([0x83, 0x00]), 'WS_ERR_INVALID_OPCODE', 1002],
  ['text that is not UTF-8', frame(TEXT, Buffer.from([0xff, 0xfe])), 'WS_ERR_INVALID_UTF8', 1007],
  ['a message that is too large', Buffer.from([0x82, 126, 0x04, 0x01]), 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 1009],
])(
  'a channel of the Node transport ends on %s: says why, answers with the code, and makes none up',
  async (_what, bytes, reason, code) => {
    const { channel, socket } = await opened({ maxPayloadBytes: 1024, closeTimeoutMs: 50 })
    const sink = started(channel)
    const answered = once(socket, 'data')
    socket.write(Buffer.concat([frame(TEXT, 'before'), bytes]))
    const [answer]: Buffer[] = await answered
    expect(unmasked(answer).readUInt16BE(0)).toBe(code)
    const end = await sink.ended()
    expect(end).toMatchObject({
      clean: false,
      cause: {
        code: code === 1009 ? 'channel/message_too_large' : 'channel/peer_violation',
        message: expect.stringContaining(code === 1009 ? 'maxPayloadBytes' : 'WebSocket'),
        details: { syscallCode: reason },
      },
    })
    expect(end.code).toBeUndefined()
    expect(sink.frames).toEqual(['before'])
  },
)

test('a channel of the Node transport reports the cause of a lost connection', async () => {
  const { channel, socket } = await opened()
  const sink = started(channel)
  channel.send('x')
  await once(socket, 'data')
  socket.resetAndDestroy()
  const end = await sink.ended()
  expect(end).toMatchObject({
    clean: false,
    cause: { code: 'channel/connection_lost', details: { syscallCode: 'ECONNRESET' } },
  })
})

test('a channel of the Node transport reports that close() was not answered', async () => {
  const { channel } = await opened({ closeTimeoutMs: 20 })
  const sink = started(channel)
  channel.close(1000)
  expect(await sink.ended()).toMatchObject({ clean: false, cause: { code: 'channel/close_timeout' } })
})

test('a channel of the Node transport does not wait long for a peer that sends its close frame and keeps the connection', async () => {
  const { channel, socket } = await opened({ closeTimeoutMs: 20 })
  const sink = started(channel)
  socket.write(frame(CLOSE, Buffer.from([0x0f, 0xa1])))
  expect(await sink.ended()).toMatchObject({ code: 4001, clean: true })
})

test('a channel of the Node transport does not wait long for a peer that ends its half of the connection and reads no more', async () => {
  const clock = new VirtualClock()
  const { channel, socket } = await opened({ clock, closeTimeoutMs: 20 })
  const sink = started(channel)
  channel.send('x'.repeat(32_000_000))
  socket.pause()
  socket.end()
  while (clock.pending === 0) await turn()
  const drained = channel.drained()
  await clock.advance(20)
  expect(await sink.ended()).toMatchObject({ clean: false, cause: { code: 'channel/close_timeout' } })
  await drained
})

test('a channel of the Node transport delivers what it held before the end, though paused', async () => {
  const { channel, socket } = await opened({ closeTimeoutMs: 20 })
  const sink = new RecordingSink<WebSocketFrame>((text) => {
    if (text === 'one') channel.pause()
  })
  channel.start(sink)
  socket.write(Buffer.concat(['one', 'two', 'three'].map((text) => frame(TEXT, text))))
  await sink.received(1)
  channel.close()
  await sink.ended()
  expect(sink.frames).toEqual(['one', 'two', 'three'])
})

test('a channel of the Node transport delivers nothing more after terminate(), not even what it held', async () => {
  const { channel, socket } = await opened()
  const sink = new RecordingSink<WebSocketFrame>(() => channel.pause())
  channel.start(sink)
  socket.write(Buffer.concat(['one', 'two', 'three'].map((text) => frame(TEXT, text))))
  await sink.received(1)
  channel.terminate()
  await sink.ended()
  expect(sink.frames).toEqual(['one'])
})

test('a channel of the Node transport takes a segment of very many frames from a sink that pauses at each', async () => {
  const count = 20_000
  const { channel, socket } = await opened()
  const sink = new RecordingSink<WebSocketFrame>(() => {
    channel.pause()
    if (sink.frames.length > 1) channel.resume()
  })
  channel.start(sink)
  socket.end(Buffer.concat([...Array.from({ length: count }, () => frame(TEXT, '')), frame(CLOSE, '')]))
  await sink.received(1)
  await turn()
  channel.resume()
  await sink.ended()
  expect([sink.frames.length, sink.ends.length]).toEqual([count, 1])
})

test('a channel of the Node transport listens no more to the signal of a dial that has ended', async () => {
  const server = await startWebSocketServer()
  const { signal } = new AbortController()
  const channel = await nodeWebSocket({ proxy: false }).open({ url: server.url }, { signal })
  expect(getEventListeners(signal, 'abort')).toEqual([])
  channel.terminate()
  await server.plan({ kind: 'refuse', status: 403 })
  await expect(nodeWebSocket({ proxy: false }).open({ url: server.url }, { signal })).rejects.toThrow('403')
  expect(getEventListeners(signal, 'abort')).toEqual([])
  await server.close()
})

test('a channel of the Node transport writes all frames of one turn at once', async () => {
  const { channel, socket } = await opened()
  const segments: Buffer[] = []
  socket.on('data', (bytes: Buffer) => segments.push(bytes))
  const sent = once(socket, 'data')
  for (let index = 0; index < 100; index++) channel.send('0123456789')
  channel.ping()
  expect(channel.bufferedBytes).toBe(100 * 16 + 6)
  await sent
  expect(segments.map((segment) => segment.length)).toEqual([100 * 16 + 6])
  expect(channel.bufferedBytes).toBe(0)
  channel.terminate()
})

test('a channel of the Node transport sends frames before the close frame in the same turn', async () => {
  const { channel, socket } = await opened({ closeTimeoutMs: 50 })
  const received = once(socket, 'data')
  channel.send('0123456789')
  channel.close(4000, 'bye')
  const [bytes]: Buffer[] = await received
  expect([bytes?.length, bytes?.[0], bytes?.[16]]).toEqual([16 + 11, TEXT, CLOSE])
})

test('a channel of the Node transport keeps no more than a bound for a paused reader while it closes', async () => {
  const clock = new VirtualClock()
  const server = await startWebSocketServer()
  const transport = nodeWebSocket({ proxy: false, clock })
  const channel = await open(transport, server.url)
  const link = await server.link()
  const sink = started(channel)
  channel.pause()
  await link.stall()
  for (let index = 0; index < 512; index++) await link.send('x'.repeat(65_536))
  channel.close()
  const other = await open(transport, server.url)
  const otherLink = await server.link()
  const otherSink = started(other)
  for (let round = 1; round <= 100; round++) {
    await otherLink.send('round')
    await otherSink.received(round)
  }
  other.terminate()
  await clock.advance(NODE_WEB_SOCKET_DEFAULTS.closeTimeoutMs)
  await sink.ended()
  const kept = sink.frames.reduce((sum, text) => sum + text.length, 0)
  expect(kept).toBeGreaterThan(1_000_000)
  expect(kept).toBeLessThan(2_000_000)
  await server.close()
})

test('a channel of the Node transport leaves no socket behind', async () => {
  const server = await startWebSocketServer()
  const transport = nodeWebSocket({ proxy: false })
  const handles = (): number =>
    process.getActiveResourcesInfo().filter((name) => /TCPSocketWrap|TLSWrap|ConnectWrap/.test(name)).length
  // Test files share their process: what another left open is not this transport's.
  const before = handles()
  for (const end of ['close', 'terminate'] as const) {
    const sinks: RecordingSink<WebSocketFrame>[] = []
    for (let index = 0; index < 20; index++) {
      const channel = await open(transport, server.url)
      sinks.push(started(channel))
      channel.send('x')
      channel[end]()
    }
    await Promise.all(sinks.map((sink) => sink.ended()))
  }
  await server.idle()
  // A socket that stays makes the test time out.
  while (handles() > before) await turn()
  await server.close()
})

/** The payload of a short frame from a client. */
function unmasked(bytes: Buffer | undefined): Buffer {
  if (bytes === undefined) throw new Error('A frame was expected.')
  const mask = bytes.subarray(2, 6)
  return Buffer.from(bytes.subarray(6).map((byte, index) => byte ^ (mask[index % 4] ?? 0)))
}
