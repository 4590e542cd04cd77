import { startChaosProxy } from '@holdfast/chaos-proxy'
import { Connection } from '@holdfast/core'
import { nodeWebSocket } from '@holdfast/transport-node'
import { host, say } from './surroundings.mjs'

const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port: Number(host.split(':')[1]) } })
const connection = new Connection({
  transport: nodeWebSocket(),
  target: `ws://${proxy.address}/echo`,
  onMessage: (message) => say(message, connection.metrics.opens),
})
await connection.connect()
await proxy.cut()
connection.on('status', ({ status }) => status.state === 'open' && connection.send('after the cut'))
