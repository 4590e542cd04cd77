import { nodeWebSocket } from '@holdfast/transport-node'
import { createClient } from './client.ts'

const { connection } = createClient({
  transport: nodeWebSocket(),
  url: process.env['SERVER_URL'] ?? 'ws://127.0.0.1:8080',
  token: async () => process.env['SERVER_TOKEN'] ?? '',
  onNews: (text) => console.log(text),
})
// What is wrong, in words, and what the client does about it.
connection.on('problem', ({ what }) => console.warn(what))
await connection.connect()
console.log(connection.explain())
