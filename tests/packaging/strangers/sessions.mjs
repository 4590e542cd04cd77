import { HubClient } from '@holdfast/hub'
import { SessionSubscription } from '@holdfast/sessions'
import { nodeWebSocket } from '@holdfast/transport-node'
import { host, say, token, url } from './surroundings.mjs'

const lead = new HubClient({ transport: nodeWebSocket(), url, token, role: 'lead' })
await lead.connect()
const session = new SessionSubscription({
  transport: nodeWebSocket(),
  url: `ws://${host}`,
  sessionId: lead.sessionId,
  token: () => token,
})
session.handlePermissions(async ({ input }) => ({ behavior: 'allow', updatedInput: input }))
await session.connect()
const data = { tool_name: 'bash', input: { command: 'ls' } }
const { actions } = await lead.request({ type: 'event', event: 'can_use_tool', data }, { timeoutMs: 20_000 })
say(data.input.command, actions[0].result.behavior)
