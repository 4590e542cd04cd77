import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { client, methods, PROTOCOL_VERSION } from '@agentclientprotocol/sdk'
import { acpStream } from '@holdfast/acp'
import { type ChaosProxy, startChaosProxy } from '@holdfast/chaos-proxy'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type RunningServer, startServer } from './server.ts'

let folder: string
let running: RunningServer
let proxy: ChaosProxy

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agent-'))
  running = await startServer({ path: join(folder, 'sessions.db'), tokens: ['secret=me:lead+control+observe'], folder })
  running.server.listen(0, '127.0.0.1')
  await once(running.server, 'listening')
  const address = running.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  proxy = await startChaosProxy({ target: { host: '127.0.0.1', port } })
})
afterEach(async () => {
  await proxy.close()
  await running.close()
  rmSync(folder, { recursive: true, force: true })
})

it('a turn is whole though the link is cut in its middle, and its question is asked once', {
  timeout: 60_000,
}, async () => {
  let text = ''
  let questions = 0
  const app = client({ name: 'test' })
    .onNotification(methods.client.session.update, ({ params: { update } }) => {
      if (update.sessionUpdate !== 'agent_message_chunk' || update.content.type !== 'text') return
      text += update.content.text
      if (update.content.text === '20 ') void proxy.cut()
    })
    .onRequest(methods.client.session.requestPermission, async ({ params: { options } }) => {
      questions += 1
      return { outcome: { outcome: 'selected', optionId: options[0]?.optionId ?? '' } }
    })
  const stream = acpStream({ transport: nodeWebSocket(), url: `http://${proxy.address}/acp`, token: 'secret' })
  const reason = await app.connectWith(stream, async (agent) => {
    await agent.request(methods.agent.initialize, { protocolVersion: PROTOCOL_VERSION, clientCapabilities: {} })
    const { sessionId } = await agent.request(methods.agent.session.new, { cwd: folder, mcpServers: [] })
    const { stopReason } = await agent.request(methods.agent.session.prompt, {
      sessionId,
      prompt: [{ type: 'text', text: '100' }],
    })
    return stopReason
  })
  await stream.close()
  expect(reason).toBe('end_turn')
  expect(text).toBe(Array.from({ length: 100 }, (_, at) => `${at + 1} `).join(''))
  expect(questions).toBe(1)
})
