import { Connection } from '@holdfast/core'
import { sharedByTabs } from '@holdfast/tabs'
import { nodeWebSocket } from '@holdfast/transport-node'
import { host, say } from './surroundings.mjs'

// Made for pages: elsewhere the connection is of this program alone.
const shared = sharedByTabs({
  name: 'echo',
  locks: undefined,
  connect: () => new Connection({ transport: nodeWebSocket(), target: `ws://${host}/echo` }),
})
const connection = new Connection({ ...shared, onMessage: (message) => say(message) })
await connection.connect()
await connection.send({ type: 'hello' })
