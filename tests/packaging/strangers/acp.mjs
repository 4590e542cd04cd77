import { acpStream } from '@holdfast/acp'
import { nodeWebSocket } from '@holdfast/transport-node'
import { WebSocketServer } from 'ws'
import { say } from './surroundings.mjs'

// An ACP server that is none of ours.
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
server.on('connection', (webSocket) => {
  webSocket.on('message', (text) => {
    const { id } = JSON.parse(String(text))
    webSocket.send(JSON.stringify({ jsonrpc: '2.0', id, result: { protocolVersion: 1 } }))
  })
})
server.on('listening', async () => {
  const stream = acpStream({ transport: nodeWebSocket(), url: `ws://127.0.0.1:${server.address().port}/acp` })
  const writer = stream.writable.getWriter()
  await writer.write({ jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: 1 } })
  for await (const { result } of stream) say('initialized', result.protocolVersion)
})
