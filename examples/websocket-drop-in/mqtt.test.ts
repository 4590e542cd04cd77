import { once } from 'node:events'
import { LinkWebSocket } from '@holdfast/websocket'
import { Aedes } from 'aedes'
import { connectAsync } from 'mqtt'
import { expect, it } from 'vitest'
import { createWebSocketStream } from 'ws'
import { CountedServer } from './counted-server.ts'

it('MQTT.js connects once per link, and goes on publishing', async () => {
  await using server = new CountedServer('mqtt')
  const broker = await Aedes.createBroker()
  broker.on('client', () => {
    server.greetings += 1
  })
  server.sockets.on('connection', (socket, request) => {
    const stream = createWebSocketStream(socket)
    stream.on('error', () => {})
    broker.handle(stream, request)
  })
  const port = await server.listen()
  const arrived = new Set<string>()
  broker.on('publish', ({ topic, payload }) => topic === 'news' && arrived.add(`${payload}`))
  const client = await connectAsync(`ws://127.0.0.1:${port}/`, {
    // Otherwise Node.js takes the package ws; in a browser this is not needed.
    forceNativeWebSocket: true,
    createWebsocket: (url, protocols) => new LinkWebSocket(url, protocols),
    reconnectPeriod: 20,
    clean: false,
    clientId: 'one',
  })
  client.on('error', () => {})
  await server.dropTenTimes()
  await client.publishAsync('news', 'after ten drops', { qos: 1 })
  await expect.poll(() => [...arrived]).toEqual(['after ten drops'])
  expect([server.greetings, server.connections, server.live]).toEqual([11, 11, 1])
  await client.endAsync(true)
  const closed = once(broker, 'closed')
  broker.close()
  await closed
})
