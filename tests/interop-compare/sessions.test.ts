import { SessionsWebSocket, type SessionsWebSocketOptions } from '@holdfast/sessions/compat'
import { nodeWebSocket } from '@holdfast/transport-node'
import { expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { rowsOf, table, unexpected } from './src/compare.ts'
import { sleep, socketServer, until } from './src/servers.ts'
import { compareWithSpec, type SpecProbe } from './src/spec-probes.ts'

const QUICK = {
  missingDelayMs: 20,
  retry: { preset: 'fleet', maxAttempts: 5, schedule: () => 20, limits: [] },
} as const

/** A session that does what `then` says, and a subscription of it that logs what it is told. */
async function subscribed(
  then: (socket: WebSocket, dial: number) => void = () => {},
  options: Partial<SessionsWebSocketOptions> = {},
  refuses?: () => number | undefined,
) {
  const server = await socketServer(then, refuses)
  const log: string[] = []
  const socket = new SessionsWebSocket(
    's1',
    'o1',
    async () => 'token',
    {
      onMessage: ({ type }) => void log.push(type),
      onConnected: () => void log.push('connected'),
      onReconnecting: () => void log.push('reconnecting'),
      onClose: () => void log.push('close'),
      onError: () => void log.push('error'),
    },
    { transport: nodeWebSocket(), url: server.url, ...QUICK, ...options },
  )
  return { server, socket, log, connecting: socket.connect() }
}

const probes: readonly SpecProbe[] = [
  {
    name: 'upgrade',
    replaced: ['/v1/sessions/ws/s1/subscribe', { organization_uuid: 'o1' }, 'Bearer token', '2023-06-01'],
    run: async () => {
      const { server, socket, connecting } = await subscribed()
      await connecting
      const { path, query, headers } = server.seen[0] ?? {}
      socket.close()
      server.stop()
      return [path, query, headers?.authorization, headers?.['anthropic-version']]
    },
  },
  {
    name: 'messages',
    replaced: ['connected', 'assistant', 'brand_new', 'control_response'],
    run: async () => {
      const messages = [
        { type: 'assistant' },
        { type: 'brand_new' },
        { type: 'control_response', response: { subtype: 'success', request_id: 'x' } },
      ]
      const { server, socket, log } = await subscribed((peer) => {
        for (const message of messages) peer.send(JSON.stringify(message))
      })
      await until(() => log.length === 4)
      socket.close()
      server.stop()
      return log
    },
  },
  {
    name: 'keep-alive',
    replaced: ['connected', 'keep_alive', 'assistant'],
    run: async () => {
      const { server, socket, log } = await subscribed((peer) => {
        peer.send(JSON.stringify({ type: 'keep_alive' }))
        peer.send(JSON.stringify({ type: 'assistant' }))
      })
      await until(() => log.includes('assistant'))
      socket.close()
      server.stop()
      return log
    },
  },
  {
    name: 'unreadable-frame',
    replaced: ['connected', 'assistant'],
    run: async () => {
      const { server, socket, log } = await subscribed((peer) => {
        peer.send('not JSON')
        peer.send(JSON.stringify({ type: 'assistant' }))
      })
      await until(() => log.includes('assistant'))
      socket.close()
      server.stop()
      return log
    },
  },
  {
    name: 'unauthorized',
    replaced: { log: ['connected', 'close'], dials: 1 },
    run: async () => {
      const { server, socket, log } = await subscribed((peer) => setTimeout(() => peer.close(4003), 30))
      await until(() => log.includes('close'))
      await sleep(100)
      socket.close()
      server.stop()
      return { log, dials: server.seen.length }
    },
  },
  {
    name: 'drop',
    replaced: { log: ['connected', 'reconnecting', 'connected'], dials: 2 },
    run: async () => {
      const { server, socket, log } = await subscribed((peer, dial) => {
        if (dial === 0) setTimeout(() => peer.terminate(), 30)
      })
      await until(() => log.length >= 3)
      socket.close()
      server.stop()
      return { log, dials: server.seen.length }
    },
  },
  {
    name: 'missing-session',
    replaced: { retries: 3, isOver: true },
    run: async () => {
      const { server, socket, log } = await subscribed((peer) => peer.close(4001))
      await until(() => log.includes('close'))
      socket.close()
      server.stop()
      return { retries: server.seen.length - 1, isOver: log.includes('close') }
    },
  },
  {
    name: 'first-dial-refused',
    replaced: { dials: 1 },
    run: async () => {
      let dials = 0
      const refuses = (): number => {
        dials += 1
        return 503
      }
      const { server, socket, log } = await subscribed(() => {}, {}, refuses)
      await until(() => log.includes('close'))
      socket.close()
      server.stop()
      return { dials }
    },
  },
  {
    name: 'reconnect',
    replaced: ['connected', 'connected'],
    run: async () => {
      const { server, socket, log, connecting } = await subscribed()
      await connecting
      socket.reconnect()
      await until(() => log.filter((line) => line === 'connected').length === 2)
      socket.close()
      server.stop()
      return log
    },
  },
  {
    name: 'control',
    replaced: [
      { type: 'control_request', request_id: true, request: { subtype: 'interrupt' } },
      { type: 'control_response', response: { subtype: 'success', request_id: 'p' } },
    ],
    run: async () => {
      const { server, socket, connecting } = await subscribed()
      await connecting
      const id = socket.sendControlRequest({ subtype: 'interrupt' })
      socket.sendControlResponse({ type: 'control_response', response: { subtype: 'success', request_id: 'p' } })
      const sent = (): string[] => server.seen[0]?.messages ?? []
      await until(() => sent().length === 2)
      socket.close()
      server.stop()
      return sent().map((text) => {
        const { request_id: asked, ...message } = JSON.parse(text)
        return asked === undefined
          ? message
          : { type: message.type, request_id: asked === id, request: message.request }
      })
    },
  },
  {
    name: 'close',
    replaced: { log: ['connected'], isConnected: false },
    run: async () => {
      const { server, socket, log, connecting } = await subscribed()
      await connecting
      socket.close()
      await until(() => server.live() === 0)
      server.stop()
      return { log, isConnected: socket.isConnected() }
    },
  },
]

it('the sessions WebSocket behaves as docs/migrating.md says', async () => {
  const differences = await compareWithSpec(probes)
  console.info(table(probes.length, differences))
  expect(unexpected(rowsOf('Sessions'), differences)).toEqual([])
})
