import { createServer } from 'node:http'
import { memoryLog } from '@holdfast/log'
import { createStreams } from '@holdfast/streams'
import { say } from './surroundings.mjs'

const streams = createStreams({ log: memoryLog() })
const server = createServer()
streams.attach(server)
server.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}/streams/orders`
  const headers = { 'content-type': 'application/json' }
  await fetch(url, { method: 'PUT', headers })
  await fetch(url, { method: 'POST', headers, body: '{"order":1}' })
  say(await (await fetch(`${url}?offset=-1`)).text())
})
