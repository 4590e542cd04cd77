import { LinkWebSocket, ReconnectingWebSocket } from '@holdfast/websocket'
import { AttachAddon } from '@xterm/addon-attach'
import { Terminal } from '@xterm/headless'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { CountedServer } from './counted-server.ts'

// The addon reads its constants there, which a page has and Node.js 20 has not.
beforeEach(() => vi.stubGlobal('WebSocket', LinkWebSocket))
afterEach(() => vi.unstubAllGlobals())

/** What the addon asks of a terminal. */
function attach(terminal: Terminal, socket: ReconnectingWebSocket | LinkWebSocket): void {
  // The headless terminal is typed apart from the one of pages, and does what the addon needs.
  Reflect.apply(AttachAddon.prototype.activate, new AttachAddon(socket), [terminal])
}

/** A shell that says back what is typed. */
function serveShell(server: CountedServer): string[] {
  const typed: string[] = []
  server.sockets.on('connection', (socket: WebSocket) => {
    server.greetings += 1
    socket.on('message', (data: Buffer) => {
      typed.push(`${data}`)
      socket.send(data)
    })
  })
  return typed
}

const lineOf = (terminal: Terminal) => terminal.buffer.active.getLine(0)?.translateToString(true)

it("xterm's attach addon goes on over ten drops, on one socket that looks like one link", async () => {
  await using server = new CountedServer()
  const typed = serveShell(server)
  const socket = new ReconnectingWebSocket(`ws://127.0.0.1:${await server.listen()}/`, [], {
    seamless: true,
    // For ten drops in a second: the pauses and the budget of dials are for a network that has them in an hour.
    minReconnectionDelay: 10,
    maxReconnectionDelay: 20,
    retry: { flapLimits: [], limits: [] },
  })
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  const terminal = new Terminal({ cols: 80, rows: 2, allowProposedApi: true })
  attach(terminal, socket)
  terminal.input('a')
  await expect.poll(() => lineOf(terminal)).toBe('a')
  await server.dropTenTimes()
  const dropped = new Promise((resolve) => socket.connection.on('dropped', resolve))
  server.cut()
  await dropped
  // Typed while away, too.
  terminal.input('b')
  await expect.poll(() => typed).toEqual(['a', 'b'])
  await expect.poll(() => lineOf(terminal)).toBe('ab')
  expect([server.greetings, server.connections, server.live]).toEqual([12, 12, 1])
  socket.close()
  terminal.dispose()
})

it("xterm's attach addon is done with the first close of a socket of one link", async () => {
  await using server = new CountedServer()
  const typed = serveShell(server)
  const socket = new LinkWebSocket(`ws://127.0.0.1:${await server.listen()}/`)
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  const terminal = new Terminal({ cols: 80, rows: 2, allowProposedApi: true })
  attach(terminal, socket)
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve))
  server.cut()
  await closed
  terminal.input('never')
  expect([typed, server.connections]).toEqual([[], 1])
  terminal.dispose()
})
