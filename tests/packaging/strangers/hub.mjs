import { HubApi, HubClient, subscribeToHub } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { say, token, url } from './surroundings.mjs'

const api = new HubApi({ url, token: async () => token })
const { sessionId } = await api.createSession({ label: 'nightly', task: 'Run the tests' })
const lead = new HubClient({
  transport: nodeWebSocket(),
  url,
  sessionId,
  token: async () => token,
  role: 'lead',
  onRequest: async () => [{ action: 'RETURN', result: 'passed' }],
})
await lead.connect()
const hub = new HubClient({ transport: nodeWebSocket(), url, sessionId, token, role: 'controller' })
await hub.connect()
const { actions } = await hub.command('run', 'tests', { onDrop: 'carry', timeoutMs: 60_000 })
const loop = subscribeToHub({ transport: nodeWebSocket(), url, sessionId, token })
setTimeout(() => lead.event('task_start', { taskId: 't1' }, { onDrop: 'carry' }), 500)
for await (const message of loop) if (message.type === 'broadcast') say(actions, message.event)
