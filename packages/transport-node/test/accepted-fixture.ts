import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { transportPing, type WebSocketChannel } from '@holdfast/contract'
import type { DialPlan, ServerLink, TransportFixture } from '@holdfast/testkit/conformance'
import { webSocketLink } from '@holdfast/testkit/conformance/web-socket-server'
import { WebSocket, WebSocketServer } from 'ws'
import { acceptChannel, NODE_TRAITS } from '../src/index.ts'

/** The accepted side as the channel under test: `open()` lets a plain client connect and gives what the server accepted. */
export async function acceptedFixture(): Promise<TransportFixture> {
  const http = createServer()
  const server = new WebSocketServer({ server: http, maxPayload: 67_108_864 })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const address = http.address()
  const url = `ws://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`
  const links: Promise<ServerLink>[] = []
  let plan: DialPlan = { kind: 'accept' }
  const open = async (): Promise<WebSocketChannel> => {
    const accepted = new Promise<WebSocketChannel>((resolve) => {
      server.once('connection', (socket, request) => resolve(acceptChannel(socket, request)))
    })
    links.push(connect(url, plan))
    return accepted
  }
  return {
    transport: { name: 'accepted', traits: NODE_TRAITS, liveness: transportPing(), open },
    target: { url },
    server: {
      plan: (next) => {
        plan = next
      },
      dialed: async () => {},
      link: () => links.shift() ?? Promise.reject(new Error('No client has connected.')),
      idle: () => allClosed(server),
    },
    teardown: async () => {
      for (const socket of server.clients) socket.terminate()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

async function connect(url: string, plan: DialPlan): Promise<ServerLink> {
  const client = new WebSocket(url, { perMessageDeflate: false, maxPayload: 67_108_864 })
  const upgraded = new Promise<IncomingMessage>((resolve) => client.once('upgrade', resolve))
  const response = await upgraded
  const link = webSocketLink(client, response)
  if (client.readyState !== WebSocket.OPEN) await once(client, 'open')
  if (plan.kind === 'accept') {
    for (const frame of plan.greet ?? []) client.send(frame)
    if (plan.thenClose !== undefined) client.close(plan.thenClose.code, plan.thenClose.reason)
  }
  return link
}

async function allClosed(server: WebSocketServer): Promise<void> {
  for (const socket of server.clients) {
    if (socket.readyState !== WebSocket.CLOSED) await once(socket, 'close')
  }
}
