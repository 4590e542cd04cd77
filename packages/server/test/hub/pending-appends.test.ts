import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type AppendAnswer, memoryLog, type SessionLog } from '@holdfast/log'
import { expect, it, onTestFinished, vi } from 'vitest'
import { liveHeap } from '../../../log/test/live-heap.ts'
import { event, startHub, until } from './support.ts'

// Much work, not much waiting: a busy machine takes its time over it.
vi.setConfig({ testTimeout: 120_000 })

const MIB = 1024 * 1024
const LEADS = 16
/** Of each lead: 60 kB a frame, more than its socket holds: all of them say 77 MB, in the long form 240 MB. */
const FRAMES = process.env['HOLDFAST_LONG'] === '1' ? 250 : 80

/** A log whose disk stands still when it is told to, until it is told to go on. */
function stalling(): { readonly log: SessionLog; readonly waiting: () => number; stall(): void; go(): void } {
  const log = memoryLog()
  const held: (() => void)[] = []
  let isStalled = false
  const appendAll = log.appendAll.bind(log)
  log.appendAll = async (...args): Promise<readonly AppendAnswer[]> => {
    if (isStalled) await new Promise<void>((resolve) => held.push(resolve))
    return appendAll(...args)
  }
  const stall = (): void => {
    isStalled = true
  }
  const go = (): void => {
    isStalled = false
    for (const free of held.splice(0)) free()
  }
  return { log, waiting: () => held.length, stall, go }
}

/** One text frame of a client, masked with nothing. It is written again and again, so that what waits here costs nothing. */
function frameOf(text: string): Buffer {
  const payload = Buffer.from(text)
  const head = Buffer.alloc(14)
  head[0] = 0x81
  head[1] = 0x80 | 127
  head.writeBigUInt64BE(BigInt(payload.length), 2)
  return Buffer.concat([head, payload])
}

async function lead(port: number, sessionId: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  const key = randomBytes(16).toString('base64')
  const lines = [
    `GET /api/ws?role=lead&resume=1&sessionId=${sessionId} HTTP/1.1`,
    'host: localhost',
    'connection: Upgrade',
  ]
  socket.write(
    [...lines, 'upgrade: websocket', 'sec-websocket-version: 13', `sec-websocket-key: ${key}`, '', ''].join('\r\n'),
  )
  let heard = ''
  socket.on('data', (chunk) => {
    heard += String(chunk)
  })
  await until(() => heard.includes('"type":"init"'))
  socket.removeAllListeners('data').resume()
  return socket
}

it('events of leads that wait for a stalled disk use at most twice their bound of live heap, and are not lost', async () => {
  const store = stalling()
  const maxPendingTotalBytes = 16 * MIB
  const { base, hub, log } = await startHub({ log: store.log, limits: { maxPendingTotalBytes } })
  const port = Number(new URL(base).port)
  const content = 'what a lead says '.repeat(3_500)
  const sockets: Socket[] = []
  for (let index = 0; index < LEADS; index++) sockets.push(await lead(port, `s${index}`))
  store.stall()
  const before = liveHeap()
  for (const [index, socket] of sockets.entries()) {
    const frame = frameOf(JSON.stringify(event(`e${index}`, 'agent_progress', { content })))
    for (let count = 0; count < FRAMES; count++) socket.write(frame)
  }
  // Everything that is taken has been taken when nothing more is for a while.
  let read = -1
  const taken = (): number => sockets.reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0)
  while (taken() !== read) {
    read = taken()
    for (let turns = 0; turns < 2_000; turns++) await new Promise((resolve) => setImmediate(resolve))
  }
  expect(store.waiting()).toBe(LEADS)
  expect(liveHeap() - before).toBeLessThan(2 * maxPendingTotalBytes)
  store.go()
  // The same id each time: one event of each lead, however often it was sent.
  await until(() => sockets.every((socket) => socket.writableLength === 0))
  expect(hub.size).toBe(LEADS)
  await expect.poll(async () => (await log.head('s0')).last, { timeout: 20_000 }).toBeGreaterThan(0)
})
