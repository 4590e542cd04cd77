import { agent, client, methods } from '@agentclientprotocol/sdk'
import { createNodeWebSocketUpgradeHandler } from '@agentclientprotocol/sdk/experimental/node'
import { AcpServer } from '@agentclientprotocol/sdk/experimental/server'
import { createWebSocketStream } from '@agentclientprotocol/sdk/experimental/ws-client'
import { LinkWebSocket } from '@holdfast/websocket'
import { expect, it } from 'vitest'
import { CountedServer } from './counted-server.ts'

it('a client on the ACP SDK initializes once per link', async () => {
  await using server = new CountedServer()
  const createAgent = () =>
    agent({ name: 'test' }).onRequest(methods.agent.initialize, () => {
      server.greetings += 1
      return { protocolVersion: 1, agentCapabilities: {} }
    })
  server.http.on('upgrade', createNodeWebSocketUpgradeHandler(new AcpServer({ createAgent }), server.sockets))
  const url = `ws://127.0.0.1:${await server.listen()}/acp`
  let isWanted = true
  // What the SDK asks of its users: a new stream after each that has ended.
  const staying = (async () => {
    while (isWanted) {
      const connection = client({ name: 'editor' }).connect(createWebSocketStream(url, { WebSocket: LinkWebSocket }))
      await connection.agent.request(methods.agent.initialize, { protocolVersion: 1 }).catch(() => {})
      await connection.closed
    }
  })()
  await server.dropTenTimes()
  expect([server.greetings, server.connections, server.live]).toEqual([11, 11, 1])
  isWanted = false
  server.cut()
  await staying
})
