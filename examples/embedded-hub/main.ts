import { HubClient } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { application } from './server.ts'

const { app } = application(new Map([['secret', 'ann']]))
const url = await app.listen({ port: 0 })
const client = new HubClient({ transport: nodeWebSocket(), url, token: 'secret', role: 'lead' })
const messages = client.messages()
await client.connect()
process.stdout.write(`GET /: ${await (await fetch(url)).text()}\n`)
const answer = await fetch(`${url}/deploys/${client.sessionId}`, { method: 'POST' })
process.stdout.write(`POST /deploys: ${await answer.text()}\n`)
for await (const message of messages) {
  if (message.type !== 'broadcast') continue
  process.stdout.write(`told: ${JSON.stringify(message)}\n`)
  break
}
await client.close()
await app.close()
