import { Connection } from '@holdfast/core'
import { browserWakeSignals, browserWebSocket } from '@holdfast/transport-browser'
import { WebSocket } from 'ws'
import { host, say } from './surroundings.mjs'

const connection = new Connection({
  transport: browserWebSocket({ WebSocket }),
  target: `ws://${host}/echo`,
  signals: browserWakeSignals(),
  onMessage: (message) => say(message),
})
await connection.connect()
connection.send({ type: 'hello' })
