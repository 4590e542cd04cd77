import { TrackerAgent } from '@holdfast/tracker'
import { nodeWebSocket } from '@holdfast/transport-node'
import { say, token, url } from './surroundings.mjs'

const agent = new TrackerAgent({ transport: nodeWebSocket(), url, token })
agent.handle(async ({ event, data }) => say(event, data.task.title))
await agent.connect()
await fetch(`${url}/api/tracker/tasks`, {
  method: 'POST',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: JSON.stringify({ title: 'tidy up', assignee: 'ann' }),
})
