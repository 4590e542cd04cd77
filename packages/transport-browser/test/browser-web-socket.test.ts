import type { WebSocketChannel, WebSocketFrame } from '@holdfast/contract'
import { VirtualClock } from '@holdfast/testkit'
import { RecordingSink } from '@holdfast/testkit/conformance'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type BrowserWebSocketOptions, browserWebSocket } from '../src/index.ts'
import { type FakeWebSocket, fakeWebSockets } from './fake-web-socket.ts'

let clock: VirtualClock
let sockets: ReturnType<typeof fakeWebSockets>

beforeEach(() => {
  clock = new VirtualClock()
  sockets = fakeWebSockets()
})

afterEach(() => {
  expect(clock.pendingTimers()).toEqual([])
})

function dial(
  options: BrowserWebSocketOptions = {},
  target = {},
  signal: AbortSignal = new AbortController().signal,
): { readonly opening: Promise<WebSocketChannel>; readonly socket: FakeWebSocket } {
  const transport = browserWebSocket({ WebSocket: sockets.WebSocket, clock, classify: false, ...options })
  const opening = transport.open({ url: 'wss://u:s3cret@host:1/x?access_token=s3cret', ...target }, { signal })
  opening.catch(() => {})
  const socket = sockets.made[0]
  if (socket === undefined) throw new Error('no socket was made')
  return { opening, socket }
}

async function open(options: BrowserWebSocketOptions = {}) {
  const { opening, socket } = dial(options)
  socket.opens()
  const channel = await opening
  const sink = new RecordingSink<WebSocketFrame>()
  return { channel, socket, sink }
}

async function started(options: BrowserWebSocketOptions = {}) {
  const opened = await open(options)
  opened.channel.start(opened.sink)
  await clock.advance(0)
  return opened
}

describe('a dial', () => {
  it('offers the subprotocols and asks for bytes', async () => {
    const { opening, socket } = dial({}, { protocols: ['a', 'b'] })
    expect([socket.url, socket.protocols, socket.binaryType]).toEqual([
      'wss://u:s3cret@host:1/x?access_token=s3cret',
      ['a', 'b'],
      'arraybuffer',
    ])
    socket.protocol = 'b'
    socket.opens()
    expect((await opening).opening).toEqual({ protocol: 'b' })
  })

  it('has no subprotocol where workerd says null', async () => {
    const { opening, socket } = dial()
    socket.protocol = null
    socket.opens()
    expect((await opening).opening).toEqual({ protocol: '' })
  })

  it('fails on an error that no close follows, and lets go of the socket', async () => {
    const { opening, socket } = dial()
    socket.errs({ error: new Error('ECONNREFUSED') })
    await expect(opening).rejects.toMatchObject({
      code: 'channel/open_failed',
      message: 'Could not open a WebSocket to host:1.',
      cause: { message: 'ECONNREFUSED' },
    })
    expect([socket.isHeard, socket.closes.length]).toEqual([false, 1])
  })

  it('fails on a close that no error precedes', async () => {
    const { opening, socket } = dial()
    socket.ends({ code: 1006 })
    await expect(opening).rejects.toMatchObject({ code: 'channel/open_failed' })
  })

  it('keeps a cause that repeats the URL to itself', async () => {
    const { opening, socket } = dial()
    socket.errs({ message: 'cannot reach wss://u:s3cret@host:1/x?access_token=s3cret' })
    const error = await opening.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toHaveProperty('cause')
  })

  it('fails on a URL that the runtime does not take, without repeating it', async () => {
    class Refusing {
      constructor() {
        throw new SyntaxError('The URL "x s3cret" is invalid')
      }
    }
    const transport = browserWebSocket({ WebSocket: Refusing as never })
    const error = await transport
      .open({ url: 'ws://host/s3cret' }, { signal: new AbortController().signal })
      .catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'channel/invalid_url' })
    expect(String(error)).toContain('SyntaxError')
    expect(String(error)).not.toContain('s3cret')
  })

  it.each([
    [{ url: 'wss//host/s3cret' }, 'channel/invalid_url'],
    [{ url: 'host:8080/s3cret' }, 'channel/invalid_url'],
    [{ url: 'wss://host/s3cret#fragment' }, 'channel/invalid_url'],
    [{ url: 'wss://host/', protocols: ['bearer.s3cret=='] }, 'channel/invalid_protocols'],
    [{ url: 'wss://host/', protocols: ['s3cret', 's3cret'] }, 'channel/invalid_protocols'],
  ])('reports what no WebSocket takes before it is dialed: %j', async (target, code) => {
    const transport = browserWebSocket({ WebSocket: sockets.WebSocket })
    const error = await transport.open(target, { signal: new AbortController().signal }).catch((e: unknown) => e)
    expect(error).toMatchObject({ name: 'OpenError', code, details: { unsent: true } })
    expect(String(error)).not.toContain('s3cret')
    expect(sockets.made).toEqual([])
  })

  it.each(['', null, 'other'])(
    'refuses a socket that opened with subprotocol %j instead of one asked for',
    async (selected) => {
      const { opening, socket } = dial({}, { protocols: ['token', 's3cret'] })
      socket.protocol = selected
      socket.opens()
      const error = await opening.catch((e: unknown) => e)
      expect(error).toMatchObject({ name: 'OpenError', code: 'channel/protocol_not_selected' })
      expect(String(error)).not.toContain('s3cret')
      expect([socket.isHeard, socket.closes.length]).toEqual([false, 1])
    },
  )

  it('reports the system code that Node.js and Bun give', async () => {
    const { opening, socket } = dial()
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
    socket.errs({ error: new TypeError('failed', { cause }) })
    await expect(opening).rejects.toMatchObject({ details: { syscallCode: 'ECONNREFUSED' } })
  })

  it('reports the code of Bun, whose text repeats the URL', async () => {
    const message = "WebSocket connection to 'wss://host:1/x?access_token=s3cret' failed: Failed to connect"
    const { opening, socket } = dial()
    socket.errs({ message, error: Object.assign(new Error(message), { code: 'ECONNREFUSED' }) })
    const error = await opening.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'channel/open_failed', details: { syscallCode: 'ECONNREFUSED' } })
    expect(error).not.toHaveProperty('cause')
  })

  it.each([
    ['Bun', "WebSocket connection to 'ws://host/9?code: 401' failed: Expected 101 status code: 403"],
    ['Deno', 'NetworkError: failed to connect to WebSocket: Invalid status code: 403'],
    ['workerd', 'expected server to reply with HTTP status code 101 (switching protocols), but received 403 instead.'],
  ])('reports the status of a refusal from the text of %s', async (_runtime, message) => {
    const { opening, socket } = dial()
    socket.errs({ message, error: new Error(message) })
    await expect(opening).rejects.toMatchObject({
      code: 'channel/open_failed',
      message: 'Could not open a WebSocket to host:1. The server refused the upgrade with status 403.',
      details: { status: 403 },
    })
  })

  it('reports a redirect, a certificate and a subprotocol by a code of their own where the runtime does', async () => {
    const code = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'
    for (const [told, right] of [
      [{ message: 'failed: Expected 101 status code: 307' }, 'channel/redirected'],
      [{ error: Object.assign(new Error('TLS'), { code }) }, 'channel/untrusted_certificate'],
      [{ message: 'tls handshake: invalid peer certificate: UnknownIssuer' }, 'channel/untrusted_certificate'],
      [{ message: 'failed: Missing client protocol' }, 'channel/protocol_not_selected'],
      [{ message: 'failed: Mismatch client protocol' }, 'channel/protocol_not_selected'],
    ] as const) {
      const transport = browserWebSocket({ WebSocket: sockets.WebSocket, clock, classify: { everyFailures: 1 } })
      const target = { url: 'wss://host/', protocols: ['a'] }
      const opening = transport.open(target, { signal: new AbortController().signal })
      sockets.made.at(-1)?.errs(told)
      await expect(opening).rejects.toMatchObject({ code: right })
    }
  })

  it('looks into every second failure, unless that is switched off', async () => {
    const asked: string[] = []
    const fetch = async (url: string) => {
      asked.push(url)
      return { status: 401, headers: { get: () => null } }
    }
    for (const classify of [{ fetch, online: () => true }, false] as const) {
      const transport = browserWebSocket({ WebSocket: sockets.WebSocket, clock, classify })
      const errors: unknown[] = []
      for (let n = 0; n < 2; n += 1) {
        const opening = transport.open({ url: 'wss://host/x' }, { signal: new AbortController().signal })
        sockets.made.at(-1)?.ends({ code: 1006 })
        errors.push(await opening.catch((error: unknown) => error))
      }
      const found = classify === false ? {} : { finding: 'refused', status: 401 }
      expect(errors).toMatchObject([{ details: {} }, { code: 'channel/open_failed', details: found }])
    }
    expect(asked).toEqual(['https://host/x'])
  })

  it('rejects request headers with the way out, and dials nothing', async () => {
    const transport = browserWebSocket({ WebSocket: sockets.WebSocket })
    const target = { url: 'ws://host/', headers: { authorization: 'Bearer s3cret' } }
    await expect(transport.open(target, { signal: new AbortController().signal })).rejects.toMatchObject({
      code: 'channel/unsupported',
      message: expect.stringContaining('first frame, a subprotocol or the query'),
    })
    expect(sockets.made).toEqual([])
  })

  it.runIf(typeof WebSocket === 'undefined')('says so where the runtime has no WebSocket', async () => {
    await expect(
      browserWebSocket().open({ url: 'ws://host/' }, { signal: new AbortController().signal }),
    ).rejects.toMatchObject({ code: 'channel/unsupported', message: expect.stringContaining('transport-node') })
  })

  it('stops when aborted, and hears nothing of the socket afterwards', async () => {
    const controller = new AbortController()
    const { opening, socket } = dial({}, {}, controller.signal)
    controller.abort('enough')
    await expect(opening).rejects.toBe('enough')
    expect([socket.isHeard, socket.closes.length]).toEqual([false, 1])
  })

  it.each([{ closeTimeoutMs: 0 }, { maxBufferedBytes: Number.NaN }])('refuses the option %o', (options) => {
    expect(() => browserWebSocket(options)).toThrow(expect.objectContaining({ code: 'channel/invalid_option' }))
  })
})

describe('the end of a channel', () => {
  it.each([
    [
      { code: 4001, reason: 'why', wasClean: true },
      { code: 4001, reason: 'why', clean: true },
    ],
    [
      { code: 1005, reason: '', wasClean: true },
      { reason: '', clean: true },
    ],
    [
      { code: 1006, reason: 'Connection ended', wasClean: true },
      { reason: '', clean: false },
    ],
    [
      { code: 1015, reason: 'TLS', wasClean: false },
      { reason: '', clean: false },
    ],
  ])('is reported from %o', async (fields, end) => {
    const { socket, sink } = await started()
    socket.ends(fields)
    await clock.advance(0)
    expect(sink.ends).toEqual([end])
  })

  it('is reported once where an error and a close come', async () => {
    const { socket, sink } = await started()
    socket.errs()
    socket.ends({ code: 1006 })
    await clock.advance(10_000)
    expect(sink.ends).toEqual([{ reason: '', clean: false }])
  })

  it('is reported once where an error comes and no close', async () => {
    const { socket, sink } = await started()
    socket.errs({ message: 'reset' })
    await clock.advance(0)
    expect(sink.ends).toMatchObject([{ clean: false, cause: { code: 'channel/connection_lost', cause: 'reset' } }])
    socket.ends({ code: 1006 })
    await clock.advance(10_000)
    expect([sink.ends.length, socket.isHeard]).toEqual([1, false])
  })

  it('comes after close() when the peer never answers', async () => {
    const { channel, socket, sink } = await started({ closeTimeoutMs: 700 })
    channel.close(4000, 'bye')
    channel.close(4000, 'bye')
    expect(socket.closes).toContainEqual([4000, 'bye'])
    await clock.advance(699)
    expect(sink.ends).toEqual([])
    await clock.advance(1)
    expect(sink.ends).toMatchObject([{ clean: false, cause: { code: 'channel/close_timeout' } }])
  })

  it('comes at once after terminate(), and late events of the socket do nothing', async () => {
    const { channel, socket, sink } = await started()
    const { onmessage } = socket
    channel.terminate()
    await clock.advance(0)
    expect(sink.ends).toEqual([{ reason: '', clean: false }])
    expect([socket.isHeard, socket.closes.length]).toEqual([false, 1])
    expect(onmessage).not.toBeNull()
    channel.send('late')
    expect(socket.sent).toEqual([])
  })
})

describe('close()', () => {
  it('leaves out a code that scripts may not send, and throws on one that is never allowed', async () => {
    const { channel, socket } = await started()
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, Number.NaN]) {
      expect(() => channel.close(code)).toThrow(expect.objectContaining({ code: 'channel/invalid_close_code' }))
    }
    expect(socket.closes).toEqual([])
    channel.close(1011, 'not for scripts')
    expect(socket.closes).toEqual([[undefined, undefined]])
    channel.terminate()
  })

  it('cuts a reason at a character', async () => {
    const { channel, socket } = await started()
    channel.close(3000, 'ü'.repeat(100))
    expect(socket.closes).toEqual([[3000, 'ü'.repeat(61)]])
    channel.terminate()
  })
})

describe('frames', () => {
  it('wait for start(), and for resume()', async () => {
    const { channel, socket, sink } = await open()
    socket.says('a')
    channel.start(sink)
    expect(sink.frames).toEqual([])
    await clock.advance(0)
    channel.pause()
    socket.says('b')
    socket.says(new Uint8Array([1, 2]).buffer)
    expect(sink.frames).toEqual(['a'])
    channel.resume()
    expect(sink.frames).toEqual(['a', 'b', new Uint8Array([1, 2])])
  })

  it('stay paused when paused before start()', async () => {
    const { channel, socket, sink } = await open()
    channel.pause()
    channel.start(sink)
    socket.says('a')
    await clock.advance(0)
    expect(sink.frames).toEqual([])
    channel.resume()
    expect(sink.frames).toEqual(['a'])
  })

  it('beyond what may be held end the channel, and those before are delivered first', async () => {
    const { channel, socket, sink } = await started({ maxBufferedBytes: 200 })
    channel.pause()
    for (const text of ['a', 'b', 'c', 'd']) socket.says(text)
    expect(socket.isHeard).toBe(false)
    await clock.advance(0)
    expect(sink.frames).toEqual(['a', 'b', 'c', 'd'])
    expect(sink.ends).toMatchObject([{ clean: false, cause: { code: 'channel/reader_too_slow' } }])
  })

  it('count as held only while they wait', async () => {
    const { socket, sink } = await started({ maxBufferedBytes: 200 })
    for (let round = 0; round < 5000; round++) socket.says('x')
    expect([sink.frames.length, socket.isHeard]).toEqual([5000, true])
  })

  it('keep their order over thousands of pauses', async () => {
    const { channel, socket } = await open()
    const got: WebSocketFrame[] = []
    channel.start({
      frame: (frame) => {
        got.push(frame)
        channel.pause()
      },
      closed: () => {},
    })
    const expected = Array.from({ length: 5000 }, (_, index) => `${index}`)
    for (const text of expected) socket.says(text)
    for (const _ of expected) channel.resume()
    expect(got).toEqual(expected)
  })

  it('after one whose reader threw are still delivered', async () => {
    const { channel, socket } = await open()
    const got: WebSocketFrame[] = []
    channel.start({
      frame: (frame) => {
        got.push(frame)
        if (frame === 'bad') throw new Error('reader')
      },
      closed: () => {},
    })
    await clock.advance(0)
    expect(() => socket.says('bad')).toThrow('reader')
    socket.says('good')
    expect(got).toEqual(['bad', 'good'])
  })
})

describe('drained()', () => {
  it('looks again while anything is buffered', async () => {
    const { channel, socket } = await started()
    socket.bufferedAmount = 5
    let drained = false
    channel.drained().then(() => (drained = true))
    await clock.advance(1000)
    expect([drained, channel.bufferedBytes]).toEqual([false, 5])
    socket.bufferedAmount = 0
    await clock.advance(20)
    expect(drained).toBe(true)
  })

  it('settles with the end and with its signal, and leaves no timer', async () => {
    const { channel, socket } = await started()
    socket.bufferedAmount = 5
    const controller = new AbortController()
    const aborted = channel.drained(controller.signal)
    controller.abort('enough')
    await expect(aborted).rejects.toBe('enough')
    const drained = channel.drained()
    channel.terminate()
    await drained
    expect(channel.bufferedBytes).toBe(0)
  })

  it('is at once where the runtime does not report it', async () => {
    const { channel, socket } = await started()
    Object.assign(socket, { bufferedAmount: undefined })
    await channel.drained()
    expect(channel.bufferedBytes).toBe(0)
  })
})

describe('the end', () => {
  it('is reported with its code where the runtime does not say whether it was clean', async () => {
    const { socket, sink } = await started()
    socket.ends({ code: 4401, reason: 'no', wasClean: undefined })
    await clock.advance(0)
    expect(sink.ends).toEqual([{ code: 4401, reason: 'no', clean: true }])
  })

  it.each([
    ['Node.js', undefined],
    ['Bun', '1.4.5'],
  ])('comes soon after a close frame that %s keeps to itself until the connection ends', async (_runtime, bun) => {
    vi.stubGlobal('WebSocket', sockets.WebSocket)
    vi.stubGlobal('process', { versions: { node: '24.0.0', bun } })
    try {
      const { socket, sink } = await started({ WebSocket: undefined })
      await clock.advance(60_000)
      expect(sink.ends).toEqual([])
      socket.readyState = 2
      await clock.advance(6_000)
      expect(sink.ends).toMatchObject([{ clean: false, cause: { code: 'channel/connection_lost' } }])
      expect(socket.isHeard).toBe(false)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('comes sooner where something is sent after that close frame', async () => {
    vi.stubGlobal('WebSocket', sockets.WebSocket)
    try {
      const { channel, socket, sink } = await started({ WebSocket: undefined })
      socket.readyState = 2
      channel.send('more')
      await clock.advance(1_000)
      expect(sink.ends).toMatchObject([{ clean: false, cause: { code: 'channel/connection_lost' } }])
      expect(socket.sent).toEqual([])
    } finally {
      vi.unstubAllGlobals()
    }
  })
})
