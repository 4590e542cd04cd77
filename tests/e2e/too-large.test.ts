import { once } from 'node:events'
import { Connection } from '@holdfast/core'
import { nodeWebSocket } from '@holdfast/transport-node'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'

const MAX_BYTES = 1_024

/** A server that says more than its clients take, to each of them at once, as a hydration may be. */
async function talker(): Promise<{ readonly url: string; readonly connections: () => number }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => server.close())
  await once(server, 'listening')
  let connections = 0
  server.on('connection', (socket) => {
    connections += 1
    socket.on('error', () => {})
    socket.send(JSON.stringify({ type: 'init', role: 'observer', sessionId: 's' }))
    socket.send(JSON.stringify({ type: 'hydration', text: 'x'.repeat(2 * MAX_BYTES) }))
  })
  const address = server.address()
  return { url: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, connections: () => connections }
}

const transport = nodeWebSocket({ maxPayloadBytes: MAX_BYTES })
const retry = { preset: 'eager' } as const

it('a connection ends with channel/message_too_large when every connect brings a message that it does not take', async () => {
  const { url, connections } = await talker()
  const problems: string[] = []
  const connection = new Connection({ transport, retry, target: `ws://${url}` })
  connection.on('problem', ({ what }) => problems.push(what))
  const ended = new Promise((resolve) => {
    connection.on('status', ({ status }) => status.state === 'closed' && resolve(status.outcome))
  })
  connection.connect().catch(() => {})
  expect(await ended).toMatchObject({
    reason: 'terminal',
    error: { code: 'channel/message_too_large', message: expect.stringContaining('maxPayloadBytes') },
  })
  expect(connections()).toBe(3)
  expect(problems).toContain('a message from the peer is larger than the transport takes')
})
