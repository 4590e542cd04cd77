import { createServer } from 'node:http'
import { agent, methods } from '@agentclientprotocol/sdk'
import { createNodeHttpHandler, createNodeWebSocketUpgradeHandler } from '@agentclientprotocol/sdk/experimental/node'
import { AcpServer } from '@agentclientprotocol/sdk/experimental/server'
import { acpEndpoint } from '@holdfast/acp-host'
import { allowEveryone, attachEndpoints } from '@holdfast/gate'
import { WebSocketServer } from 'ws'
import { BenchService } from './acp-service.ts'
import { turn } from './acp-turn.ts'

/** `ours`: our endpoint. `sdk`: the SDK's server and an agent on the SDK, which remembers the messages of turns that are over. */
const server = createServer()
if (process.argv[2] === 'ours') {
  const { upgrade, request } = acpEndpoint({ service: new BenchService(), authenticate: allowEveryone })
  attachEndpoints(server, { upgrades: [upgrade], requests: [request] })
} else {
  const sdk = new AcpServer({ createAgent: sdkAgent })
  server.on('request', createNodeHttpHandler(sdk))
  server.on('upgrade', createNodeWebSocketUpgradeHandler(sdk, new WebSocketServer({ noServer: true })))
}
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 })
})
process.on('disconnect', () => process.exit())

const remembered = new Map<string, string[]>()

function sdkAgent(): ReturnType<typeof agent> {
  return agent({ name: 'bench' })
    .onRequest(methods.agent.initialize, () => ({ protocolVersion: 1, agentCapabilities: { loadSession: true } }))
    .onRequest(methods.agent.session.new, () => {
      const sessionId = `s${remembered.size + 1}`
      remembered.set(sessionId, [])
      return { sessionId }
    })
    .onRequest(methods.agent.session.load, async ({ params: { sessionId }, client }) => {
      for (const text of remembered.get(sessionId) ?? []) {
        const update = { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } } as const
        await client.notify(methods.client.session.update, { sessionId, update })
      }
      return {}
    })
    .onRequest(methods.agent.session.prompt, async ({ params: { sessionId, prompt }, client }) => {
      const [block] = prompt
      let said = ''
      const say = (update: { content?: { text?: string } }): Promise<unknown> => {
        said += update.content?.text ?? ''
        return client.notify(methods.client.session.update, { sessionId, update } as never).catch(() => {})
      }
      const ask = (params: object): Promise<unknown> =>
        client.request(methods.client.session.requestPermission, { sessionId, ...params } as never).catch(() => {})
      await turn(JSON.parse(block?.type === 'text' ? block.text : '{}'), say, ask)
      remembered.get(sessionId)?.push(said)
      return { stopReason: 'end_turn' as const }
    })
}
