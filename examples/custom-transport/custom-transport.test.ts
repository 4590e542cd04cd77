import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection } from '@holdfast/core'
import {
  type ConformanceServer,
  type DialPlan,
  RecordingSink,
  type ServerLink,
  transportConformance,
} from '@holdfast/testkit/conformance'
import { expect, it } from 'vitest'
import { LINE_TRAITS, type LineChannel } from './line-channel.ts'
import { acceptLine, lineSocket } from './line-socket.ts'

let sockets = 0
const freshPath = (): string => join(tmpdir(), `holdfast-lines-${process.pid}-${++sockets}.sock`)

// Everything a transport promises: order, early frames, close codes, backpressure, half-open links, aborts, no leaks.
transportConformance({
  name: 'lineSocket',
  expected: { traits: LINE_TRAITS, protocols: false },
  async setup() {
    const path = freshPath()
    const server = await plannedServer(path)
    const target = { url: `unix:${path}` }
    return { transport: lineSocket(), target, deadTarget: { url: `unix:${path}.none` }, server, teardown: server.close }
  },
})

it('the custom transport carries a connection over a server that goes and comes back', async () => {
  const path = freshPath()
  let server = await echo(path)
  const heard: string[] = []
  const connection = new Connection<{ text: string }>({
    transport: lineSocket(),
    target: `unix:${path}`,
    retry: { firstMs: 20, baseMs: 20 },
    onMessage: ({ text }) => heard.push(text),
  })
  await connection.connect()
  connection.send({ text: 'before' })
  await until(() => heard.length === 1)
  await server.close()
  await until(() => connection.state !== 'open')
  connection.send({ text: 'while it was away' })
  server = await echo(path)
  await until(() => heard.length === 2)
  expect(heard).toEqual(['before', 'while it was away'])
  await connection.close()
  await server.close()
})

/** Listens at a path and hands every socket over. */
async function listen(path: string, take: (socket: Socket) => void) {
  const open = new Set<Socket>()
  const idle: (() => void)[] = []
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      open.delete(socket)
      if (open.size === 0) for (const tell of idle.splice(0)) tell()
    })
    take(socket)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return {
    idle: () => (open.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => idle.push(resolve))),
    close: async (): Promise<void> => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}

function echo(path: string) {
  return listen(path, async (socket) => {
    const channel = (await acceptLine(socket)).accept()
    channel.start({ frame: (frame) => channel.send(frame), closed: () => {} })
  })
}

/** Does with each dial what the suite has planned for it. */
async function plannedServer(path: string): Promise<ConformanceServer & { close(): Promise<void> }> {
  let plan: DialPlan = { kind: 'accept' }
  let dials = mailbox<true>()
  const links = mailbox<ServerLink>()
  const server = await listen(path, async (socket) => {
    const now = plan
    plan = { kind: 'accept' }
    dials.put(true)
    if (now.kind === 'reset') return void socket.destroy()
    // Reads on, to notice that the dialer gives up.
    if (now.kind === 'hang') return void socket.resume()
    const door = await acceptLine(socket).catch(() => undefined)
    if (door === undefined) return
    const seconds = now.kind === 'refuse' ? Number(now.headers?.['retry-after'] ?? 0) : 0
    if (now.kind === 'refuse') return door.refuse({ refuse: now.status, retryAfterMs: seconds * 1000 })
    const channel = door.accept()
    links.put(linkOf(channel, socket))
    for (const frame of now.greet ?? []) channel.send(frame)
    if (now.thenClose !== undefined) channel.close(now.thenClose.code, now.thenClose.reason)
  })
  return {
    ...server,
    plan: (next) => {
      plan = next
      dials = mailbox()
    },
    dialed: async () => void (await dials.take()),
    link: () => links.take(),
  }
}

function linkOf(channel: LineChannel, socket: Socket): ServerLink {
  const sink = new RecordingSink<string | Uint8Array>()
  channel.start(sink)
  return {
    requestHeaders: {},
    send: (frame) => channel.send(frame),
    received: (count) => sink.received(count),
    bufferedBytes: () => channel.bufferedBytes,
    close: (code, reason) => channel.close(code, reason),
    drop: () => void socket.destroy(),
    stall: () => channel.pause(),
    unstall: () => channel.resume(),
    ended: () => sink.ended(),
  }
}

function mailbox<T>() {
  const values: T[] = []
  const takers: ((value: T) => void)[] = []
  return {
    put: (value: T) => (takers.length > 0 ? takers.shift()?.(value) : values.push(value)),
    take: () =>
      new Promise<T>((resolve) => {
        const [value] = values.splice(0, 1)
        if (value === undefined) takers.push(resolve)
        else resolve(value)
      }),
  }
}

async function until(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setTimeout(resolve, 5))
}
