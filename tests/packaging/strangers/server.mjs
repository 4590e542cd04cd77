import { createServer } from 'node:http'
import { createHub, memoryLog } from '@holdfast/server'
import { say } from './surroundings.mjs'

const server = createServer((_request, response) => response.end('my application'))
const hub = createHub({ log: memoryLog() })
hub.attach(server)
server.listen(0, '127.0.0.1', async () => {
  const mine = await fetch(`http://127.0.0.1:${server.address().port}/`)
  const unknown = await fetch(`http://127.0.0.1:${server.address().port}/api/hub/session/none`)
  say(await mine.text(), unknown.status)
})
