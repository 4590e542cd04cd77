import { createServer } from 'node:http'
import { silentLogger, systemClock, type WebSocketChannel, type WebSocketFrame } from '@holdfast/contract'
import { VirtualClock } from '@holdfast/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { addressOf, until } from '../../test/support.ts'
import { allowEveryone } from '../access/auth.ts'
import { GATE_LIMITS, type GateLimits } from '../limits.ts'
import type { FrameHandler } from './queued-connection.ts'
import { QueuedGate, type QueuedGateOptions } from './queued-gate.ts'

/** A gate with one handler behind it; answers how to come to it. */
async function gateTo(
  handler: FrameHandler,
  parts: Partial<QueuedGateOptions> = {},
  made: QueuedGate[] = [],
): Promise<() => WebSocket> {
  const gate = new QueuedGate({
    handles: () => true,
    authenticate: allowEveryone,
    scopes: ['track'],
    origins: [],
    clock: systemClock,
    logger: silentLogger,
    limits: GATE_LIMITS,
    credentialOf: (frame) => String(frame),
    refuse: (channel, error) => channel.close(1008, error.code),
    enter: async () => handler,
    ...parts,
  })
  made.push(gate)
  const server = createServer()
  server.on('upgrade', (request, socket, head) => gate.upgrade(request, socket, head))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    gate.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return () => {
    const socket = new WebSocket(`ws://127.0.0.1:${addressOf(server).port}/`)
    socket.on('error', () => {})
    return socket
  }
}

/** Takes what it is given only when it is let. */
class SlowHandler implements FrameHandler {
  readonly taken: string[] = []
  isClosed = false
  #go: (() => void)[] = []

  async frame(frame: WebSocketFrame): Promise<void> {
    await new Promise<void>((resolve) => this.#go.push(resolve))
    if (this.isClosed) throw new Error('a frame after the end')
    this.taken.push(String(frame))
  }

  closed(): void {
    this.isClosed = true
  }

  get waits(): boolean {
    return this.#go.length > 0
  }

  go(): void {
    for (const go of this.#go.splice(0)) go()
  }
}

it('a queued gate gives the handler all that came before a clean end, then the end', async () => {
  const handler = new SlowHandler()
  const socket = (await gateTo(handler))()
  socket.on('open', () => {
    for (const text of ['one', 'two', 'three']) socket.send(text)
    socket.close(1000)
  })
  await new Promise((resolve) => socket.on('close', resolve))
  await until(() => handler.waits)
  while (!handler.isClosed) {
    handler.go()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(handler.taken).toEqual(['one', 'two', 'three'])
})

it('a queued gate gives nothing behind a frame that failed', async () => {
  const given: string[] = []
  const handler: FrameHandler = {
    frame: async (frame) => {
      given.push(String(frame))
      throw new Error('not now')
    },
    closed: () => {},
  }
  const socket = (await gateTo(handler))()
  socket.on('open', () => {
    for (const text of ['one', 'two', 'three']) socket.send(text)
  })
  await new Promise((resolve) => socket.on('close', resolve))
  expect(given).toEqual(['one'])
})

it('a queued gate asks for credentials once a connection', async () => {
  const tried: unknown[] = []
  const handler = new SlowHandler()
  const authenticate: QueuedGateOptions['authenticate'] = async ({ bearer }) => {
    if (bearer !== undefined) tried.push(bearer)
    return undefined
  }
  const socket = (await gateTo(handler, { authenticate }))()
  socket.on('open', () => {
    for (const text of ['guess-1', 'guess-2', 'guess-3']) socket.send(text)
  })
  await new Promise((resolve) => socket.on('close', resolve))
  expect(tried).toEqual(['guess-1'])
})

/** Answers each frame with much more, and notes how much waits in its socket. */
class LoudHandler implements FrameHandler {
  answered = 0
  mostBuffered = 0
  isClosed = false
  readonly #channel: WebSocketChannel

  constructor(channel: WebSocketChannel) {
    this.#channel = channel
  }

  frame(): void {
    this.answered += 1
    this.#channel.send('x'.repeat(65_536))
    this.mostBuffered = Math.max(this.mostBuffered, this.#channel.bufferedBytes)
  }

  closed(): void {
    this.isClosed = true
  }
}

async function loud(
  limits: Partial<GateLimits> = {},
): Promise<{ readonly socket: WebSocket; handler: () => LoudHandler }> {
  let made: LoudHandler | undefined
  const enter: QueuedGateOptions['enter'] = async (channel) => {
    made = new LoudHandler(channel)
    return made
  }
  const silent = new SlowHandler()
  const dial = await gateTo(silent, { enter, authenticate: allowEveryone, limits: { ...GATE_LIMITS, ...limits } })
  const socket = dial()
  await new Promise((resolve) => socket.on('open', resolve))
  await until(() => made !== undefined)
  return {
    socket,
    handler: () => {
      if (made === undefined) throw new Error('nobody entered')
      return made
    },
  }
}

it('a queued gate does not hear who does not read: its answers stay bounded, and go on when it reads', async () => {
  const { socket, handler } = await loud()
  let received = 0
  socket.on('message', () => {
    received += 1
  })
  socket.pause()
  for (let n = 0; n < 500; n++) socket.send('?')
  await until(() => handler().mostBuffered > GATE_LIMITS.maxOutputBytes)
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(handler().mostBuffered).toBeLessThan(GATE_LIMITS.maxOutputBytes + 200_000)
  expect(handler().answered).toBeLessThan(500)
  socket.resume()
  await until(() => received === 500)
})

it('a queued gate lets go of who takes nothing for too long', async () => {
  const { socket, handler } = await loud({ pingIntervalMs: 10, stalledMs: 100 })
  socket.pause()
  for (let n = 0; n < 500; n++) socket.send('?')
  await until(() => handler().isClosed)
})

it('a queued gate counts upgrades whose credentials are still being looked at, and gives them up in time', async () => {
  const clock = new VirtualClock()
  let asked = 0
  const authenticate = (): Promise<undefined> => {
    asked += 1
    return new Promise(() => {})
  }
  const limits = { ...GATE_LIMITS, maxConnections: 1 }
  const come = await gateTo(new SlowHandler(), { clock, authenticate, limits })
  const status = (socket: WebSocket): Promise<unknown> =>
    new Promise((resolve) => socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode)))
  const first = status(come())
  await until(() => asked === 1)
  expect(await status(come())).toBe(503)
  await clock.advance(GATE_LIMITS.handshakeTimeoutMs)
  expect(await first).toBe(503)
})

it('a peer that says all and leaves while it is let in is heard to the end', async () => {
  const handler = new SlowHandler()
  let letIn: () => void = () => {}
  const isAsked = new Promise<void>((asked) => {
    letIn = asked
  })
  let entering = false
  const enter: QueuedGateOptions['enter'] = async () => {
    entering = true
    await isAsked
    return handler
  }
  const socket = (await gateTo(handler, { enter }))()
  socket.on('open', () => {
    for (const text of ['one', 'two']) socket.send(text)
    socket.close(1000)
  })
  await until(() => entering)
  letIn()
  await until(() => handler.waits)
  while (!handler.isClosed) {
    handler.go()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(handler.taken).toEqual(['one', 'two'])
})

it('a handshake that takes too long for reasons of the server is reported as that, not as wrong credentials', async () => {
  const clock = new VirtualClock()
  let entering = false
  const enter: QueuedGateOptions['enter'] = () => {
    entering = true
    return new Promise(() => {})
  }
  const socket = (await gateTo(new SlowHandler(), { clock, enter }))()
  const closed = new Promise((resolve) => socket.on('close', (_code, reason) => resolve(String(reason))))
  await until(() => entering)
  await clock.advance(GATE_LIMITS.handshakeTimeoutMs)
  expect(await closed).toBe('server/unavailable')
})

it('an upgrade that was decided over before a drain and opens after it is sent away', async () => {
  const asked: (() => void)[] = []
  const authenticate: QueuedGateOptions['authenticate'] = () =>
    new Promise((resolve) => asked.push(() => resolve({ id: 'ann', scopes: new Set(['track']) })))
  const gates: QueuedGate[] = []
  const socket = (await gateTo(new SlowHandler(), { authenticate }, gates))()
  const closed = new Promise((resolve) => socket.on('close', (_code, reason) => resolve(String(reason))))
  await until(() => asked.length === 1)
  const drained = gates[0]?.drain(1_000)
  asked[0]?.()
  expect(await closed).toBe('server/unavailable')
  await drained
})
