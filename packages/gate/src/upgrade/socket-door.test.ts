import { createServer } from 'node:http'
import { silentLogger, systemClock, type WebSocketChannel, type WebSocketFrame } from '@holdfast/contract'
import { VirtualClock } from '@holdfast/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { addressOf, until } from '../../test/support.ts'
import { allowEveryone } from '../access/auth.ts'
import { DOOR_LIMITS, type DoorLimits, type DoorParts, type Guest, SocketDoor } from './socket-door.ts'

/** A door with one kind of guest behind it; answers how to come to it. */
async function doorTo(guest: Guest, parts: Partial<DoorParts> = {}): Promise<() => WebSocket> {
  const door = new SocketDoor({
    handles: () => true,
    authenticate: allowEveryone,
    scopes: ['track'],
    origins: [],
    clock: systemClock,
    logger: silentLogger,
    limits: DOOR_LIMITS,
    credentialOf: (frame) => String(frame),
    refuse: (channel, error) => channel.close(1008, error.code),
    enter: async () => guest,
    ...parts,
  })
  const server = createServer()
  server.on('upgrade', (request, socket, head) => door.upgrade(request, socket, head))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    door.close()
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
class SlowGuest implements Guest {
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

it('gives the guest all that came before a clean end, then the end', async () => {
  const guest = new SlowGuest()
  const socket = (await doorTo(guest))()
  socket.on('open', () => {
    for (const text of ['one', 'two', 'three']) socket.send(text)
    socket.close(1000)
  })
  await new Promise((resolve) => socket.on('close', resolve))
  await until(() => guest.waits)
  while (!guest.isClosed) {
    guest.go()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(guest.taken).toEqual(['one', 'two', 'three'])
})

it('gives nothing behind a frame that failed', async () => {
  const given: string[] = []
  const guest: Guest = {
    frame: async (frame) => {
      given.push(String(frame))
      throw new Error('not now')
    },
    closed: () => {},
  }
  const socket = (await doorTo(guest))()
  socket.on('open', () => {
    for (const text of ['one', 'two', 'three']) socket.send(text)
  })
  await new Promise((resolve) => socket.on('close', resolve))
  expect(given).toEqual(['one'])
})

it('asks for credentials once a connection', async () => {
  const tried: unknown[] = []
  const guest = new SlowGuest()
  const authenticate: DoorParts['authenticate'] = async ({ bearer }) => {
    if (bearer !== undefined) tried.push(bearer)
    return undefined
  }
  const socket = (await doorTo(guest, { authenticate }))()
  socket.on('open', () => {
    for (const text of ['guess-1', 'guess-2', 'guess-3']) socket.send(text)
  })
  await new Promise((resolve) => socket.on('close', resolve))
  expect(tried).toEqual(['guess-1'])
})

/** Answers each frame with much more, and notes how much waits in its socket. */
class LoudGuest implements Guest {
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

async function loud(limits: Partial<DoorLimits> = {}): Promise<{ readonly socket: WebSocket; guest: () => LoudGuest }> {
  let made: LoudGuest | undefined
  const enter: DoorParts['enter'] = async (channel) => {
    made = new LoudGuest(channel)
    return made
  }
  const silent = new SlowGuest()
  const dial = await doorTo(silent, { enter, authenticate: allowEveryone, limits: { ...DOOR_LIMITS, ...limits } })
  const socket = dial()
  await new Promise((resolve) => socket.on('open', resolve))
  await until(() => made !== undefined)
  return {
    socket,
    guest: () => {
      if (made === undefined) throw new Error('nobody entered')
      return made
    },
  }
}

it('does not hear who does not read: its answers stay bounded, and go on when it reads', async () => {
  const { socket, guest } = await loud()
  let received = 0
  socket.on('message', () => {
    received += 1
  })
  socket.pause()
  for (let n = 0; n < 500; n++) socket.send('?')
  await until(() => guest().mostBuffered > DOOR_LIMITS.maxOutputBytes)
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(guest().mostBuffered).toBeLessThan(DOOR_LIMITS.maxOutputBytes + 200_000)
  expect(guest().answered).toBeLessThan(500)
  socket.resume()
  await until(() => received === 500)
})

it('lets go of who takes nothing for too long', async () => {
  const { socket, guest } = await loud({ pingIntervalMs: 10, stalledMs: 100 })
  socket.pause()
  for (let n = 0; n < 500; n++) socket.send('?')
  await until(() => guest().isClosed)
})

it('counts upgrades whose credentials are still being looked at, and gives them up in time', async () => {
  const clock = new VirtualClock()
  let asked = 0
  const authenticate = (): Promise<undefined> => {
    asked += 1
    return new Promise(() => {})
  }
  const limits = { ...DOOR_LIMITS, maxConnections: 1 }
  const come = await doorTo(new SlowGuest(), { clock, authenticate, limits })
  const status = (socket: WebSocket): Promise<unknown> =>
    new Promise((resolve) => socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode)))
  const first = status(come())
  await until(() => asked === 1)
  expect(await status(come())).toBe(503)
  await clock.advance(DOOR_LIMITS.handshakeTimeoutMs)
  expect(await first).toBe(503)
})
