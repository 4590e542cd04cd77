import { Connection } from '@holdfast/core'
import { nodeWebSocket } from '@holdfast/transport-node'
import { host, say } from './surroundings.mjs'

const connection = new Connection({
  transport: nodeWebSocket(),
  target: `ws://${host}/echo`,
  onMessage: (message) => say(message),
})
await connection.connect()
await connection.send({ type: 'hello' })
