import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { seededSchedule, startChaosProxy, withSeed } from '@holdfast/chaos-proxy'
import { expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { ReconnectingWebSocket, resumableFrames } from '../src/node/index.ts'
import { type ResumableSession, resumableSockets } from '../src/server/index.ts'

const upTo = (n: number) => Array.from({ length: n }, (_, index) => `${index + 1}`)

it(
  'over a network with faults a server on ws and its client have every message once, in order',
  () =>
    withSeed(async (seed) => {
      const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
      await once(server, 'listening')
      const { port }: Partial<AddressInfo> = Object(server.address())
      const schedule = seededSchedule({ seed, everyMs: 300, count: 12 })
      const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port: port ?? 0 }, schedule })
      const got: string[] = []
      const sessions: ResumableSession[] = []
      const resumable = resumableSockets((session) => {
        sessions.push(session)
        return {
          onMessage: async (data) => {
            if (Number(data) % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 40))
            got.push(String(data))
          },
        }
      })
      server.on('connection', (socket) => resumable.accept(socket))
      const received: string[] = []
      const sentByServer: string[] = []
      const undelivered: unknown[] = []
      const socket = new ReconnectingWebSocket(`ws://${proxy.address}/`, [], { wire: resumableFrames() })
      socket.onmessage = ({ data }) => void received.push(String(data))
      socket.onundelivered = ({ data }) => void undelivered.push(data)
      try {
        for (const text of upTo(400)) {
          socket.send(text)
          if (sessions[0]?.send(text) === true) sentByServer.push(text)
          await new Promise((resolve) => setTimeout(resolve, 10))
        }
        proxy.heal({ links: 'reset' })
        await expect.poll(() => got, { timeout: 60_000 }).toEqual(upTo(400))
        await expect.poll(() => received.length, { timeout: 60_000 }).toBe(sentByServer.length)
        expect([received, undelivered, sessions.length]).toEqual([sentByServer, [], 1])
      } finally {
        socket.close()
        resumable.close()
        await proxy.close()
        server.close()
      }
    }),
  120_000,
)

it('a socket of ws whose messages wait for their handler is not read, and goes on when they are handled', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const { port }: Partial<AddressInfo> = Object(server.address())
  const got: string[] = []
  let release = (): void => {}
  const hold = new Promise<void>((resolve) => {
    release = resolve
  })
  const resumable = resumableSockets(
    () => ({
      onMessage: async (data) => {
        await hold
        got.push(String(data).replace(/\.+$/, ''))
      },
    }),
    { maxBytes: 10_000 },
  )
  server.on('connection', (socket) => resumable.accept(socket))
  const socket = new ReconnectingWebSocket(`ws://127.0.0.1:${port}/`, [], { wire: resumableFrames() })
  try {
    for (const text of upTo(50)) socket.send(text.padEnd(1_000, '.'))
    const isPaused = () => [...server.clients].map((client) => client.isPaused)
    await expect.poll(isPaused).toEqual([true])
    expect(got).toEqual([])
    release()
    await expect.poll(() => got).toEqual(upTo(50))
    expect(isPaused()).toEqual([false])
  } finally {
    socket.close()
    resumable.close()
    server.close()
  }
})
