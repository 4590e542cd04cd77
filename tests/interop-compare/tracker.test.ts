import { WsClientTransport } from '@holdfast/tracker/compat'
import { nodeWebSocket } from '@holdfast/transport-node'
import { expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { rowsOf, table, unexpected } from './src/compare.ts'
import { sleep, socketServer, until } from './src/servers.ts'
import { compareWithSpec, type SpecProbe } from './src/spec-probes.ts'

const PROJECT = { id: 'p', slug: 's', name: 'n' }

/** A tracker that lets every agent in, and an agent of it. */
async function attached(welcome: object = { lobby_chat_id: 'lobby', projects: [PROJECT], online: ['ann'] }) {
  const sent: { readonly [member: string]: unknown }[] = []
  const server = await socketServer((socket) => {
    socket.on('message', (data) => {
      const message = JSON.parse(String(data))
      sent.push(message)
      if (message.type === 'auth') socket.send(JSON.stringify({ type: 'auth.ok', data: welcome }))
      if (message.type === 'heartbeat') socket.send(JSON.stringify({ type: 'heartbeat.ack' }))
    })
  })
  const config = { trackerUrl: server.url.replace('ws', 'http'), token: 'secret', heartbeatIntervalSec: 30 }
  const agent = new WsClientTransport(config, { transport: nodeWebSocket() })
  const say = (...messages: readonly object[]): void => {
    for (const message of messages) tracker().send(JSON.stringify(message))
  }
  const tracker = (): WebSocket => {
    const socket = server.seen[0]?.socket
    if (socket === undefined) throw new Error('expected a connection')
    return socket
  }
  const types = (): unknown[] => sent.map(({ type }) => type)
  return { agent, server, sent, say, types }
}

const chats = (sent: readonly { readonly [member: string]: unknown }[]): unknown[] =>
  sent.flatMap(({ id: _id, ...said }) => (said['type'] === 'chat.send' ? [said] : []))

const probes: readonly SpecProbe[] = [
  {
    name: 'members',
    replaced: [null, { lobby: 'lobby', projects: [PROJECT], online: ['ann'] }],
    run: async () => {
      const { agent, server } = await attached()
      const before = agent.lobbyChatId
      await agent.start()
      const after = { lobby: agent.lobbyChatId, projects: agent.projects, online: agent.online }
      await agent.stop()
      server.stop()
      return [before, after]
    },
  },
  {
    name: 'first-messages',
    replaced: {
      path: '/ws',
      sent: [
        { type: 'auth', token: 'secret' },
        { type: 'heartbeat', status: 'online' },
      ],
    },
    run: async () => {
      const { agent, server, sent } = await attached()
      await agent.start()
      await until(() => sent.length > 1)
      await agent.stop()
      server.stop()
      return { path: server.seen[0]?.path, sent: sent.slice(0, 2) }
    },
  },
  {
    name: 'events-have-id-and-time',
    replaced: [
      { event: 'task.assigned', data: { a: 1 }, ts: 5, id: 'e1' },
      { event: 'chat.message', data: true, ts: true, id: true },
    ],
    run: async () => {
      const { agent, server, say } = await attached()
      const seen: unknown[] = []
      agent.onEvent(async ({ event, data, ts, id }) => {
        if (id === 'e1') seen.push({ event, data, ts, id })
        else seen.push({ event, data: true, ts: Math.abs(ts - Date.now()) < 10_000, id: id.startsWith(`${event}-`) })
      })
      await agent.start()
      say({ type: 'task.assigned', id: 'e1', data: { a: 1 }, ts: 5 }, { type: 'chat.message', text: 'hi' })
      await until(() => seen.length === 2)
      await agent.stop()
      server.stop()
      return seen
    },
  },
  {
    name: 'handlers-run-at-once',
    replaced: ['work', 'cancel', 'work done'],
    run: async () => {
      const { agent, server, say } = await attached()
      const log: string[] = []
      agent.onEvent(async ({ event }) => {
        log.push(event)
        if (event !== 'work') return
        await until(() => log.includes('cancel'))
        log.push('work done')
      })
      await agent.start()
      say({ type: 'work', id: '1' }, { type: 'cancel', id: '2' })
      await until(() => log.includes('work done'))
      await agent.stop()
      server.stop()
      return log
    },
  },
  {
    name: 'acknowledged',
    replaced: ['ack', 'handled'],
    run: async () => {
      const { agent, server, say, types } = await attached()
      const order: string[] = []
      agent.onEvent(async () => {
        await until(() => types().includes('ack'), 200)
        if (types().includes('ack')) order.push('ack')
        order.push('handled')
      })
      await agent.start()
      say({ type: 'task.assigned', id: '1' })
      await until(() => types().includes('ack') && order.includes('handled'))
      if (order.length === 1) order.push('ack')
      await agent.stop()
      server.stop()
      return order
    },
  },
  {
    name: 'chat',
    replaced: [
      { type: 'chat.send', chat_id: 'c', task_id: 't', content: 'one', mentions: ['bob'], thinking: 'hm' },
      { type: 'chat.send', task_id: 't', content: 'two', mentions: [] },
      { type: 'chat.send', task_id: 't', content: 'three', mentions: [] },
    ],
    run: async () => {
      const { agent, server, sent } = await attached()
      await agent.start()
      // What a tracker without acknowledgements has is proven by the next heartbeat; nobody waits for it here.
      void agent.sendChatMessage('c', 'one', ['bob'], 'hm', 't').catch(() => {})
      void agent.sendChatMessage('', 'two', [], undefined, 't').catch(() => {})
      void agent.sendTaskComment('t', 'three').catch(() => {})
      await until(() => chats(sent).length === 3)
      await agent.stop()
      server.stop()
      return chats(sent)
    },
  },
  {
    name: 'stop',
    replaced: '1000 Agent shutting down',
    run: async () => {
      const { agent, server } = await attached()
      await agent.start()
      await agent.stop()
      await until(() => server.live() === 0)
      server.stop()
      return server.seen[0]?.closed
    },
  },
  {
    name: 'refused-token',
    replaced: 'dials again and again',
    run: async () => {
      const server = await socketServer((socket) =>
        socket.on('message', () => socket.send(JSON.stringify({ type: 'auth.error', message: 'no' }))),
      )
      const config = { trackerUrl: server.url, token: 'wrong', heartbeatIntervalSec: 30 }
      const agent = new WsClientTransport(config, {
        transport: nodeWebSocket(),
        retry: { baseMs: 10, firstMs: 10, floorMs: 10 },
      })
      const ended = await agent.start().then(
        () => 'started',
        () => 'rejected',
      )
      await sleep(200)
      server.stop()
      return server.seen.length > 1 ? 'dials again and again' : `${ended} after one dial`
    },
  },
]

it('the tracker transport behaves as docs/migrating.md says', async () => {
  const differences = await compareWithSpec(probes)
  console.info(table(probes.length, differences))
  expect(unexpected(rowsOf('Tracker'), differences)).toEqual([])
})
