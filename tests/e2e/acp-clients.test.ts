import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClientContext, client, methods, PROTOCOL_VERSION, type Stream } from '@agentclientprotocol/sdk'
import { createHttpStream } from '@agentclientprotocol/sdk/experimental/http-client'
import { createWebSocketStream } from '@agentclientprotocol/sdk/experimental/ws-client'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { AGENT_FILE, type GatewayProcess, startGateway } from './gateway-process.ts'
import { endShellHost } from './support/shell-host.ts'

const HEADERS = { headers: { authorization: 'Bearer t' } } as const

let folder = ''
let gateway: GatewayProcess | undefined

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-acp-clients-')))
})

afterEach(async () => {
  await gateway?.stop('SIGKILL')
  await endShellHost(join(folder, 'data'), 'agent-host')
  rmSync(folder, { recursive: true, force: true })
})

async function start(port = 0): Promise<GatewayProcess> {
  const agents = ['--agent', `scripted=${process.execPath} ${AGENT_FILE}`, '--agent-folder', folder]
  const where = ['--port', String(port), '--data', join(folder, 'data')]
  gateway = await startGateway([...where, ...agents, '--token', 't', '--shell', 'none'])
  return gateway
}

/** The SDK's own client, as editors have it. */
class Editor {
  readonly asked: string[] = []
  text = ''
  prompts = ''
  readonly agent: ClientContext
  answer: () => Promise<string> = async () => 'yes'

  constructor(stream: Stream) {
    const app = client({ name: 'editor' })
      .onNotification(methods.client.session.update, ({ params: { update } }) => {
        if (update.sessionUpdate === 'agent_message_chunk' && update.content.type === 'text')
          this.text += update.content.text
        if (update.sessionUpdate === 'user_message_chunk' && update.content.type === 'text')
          this.prompts += update.content.text
      })
      .onRequest(methods.client.session.requestPermission, async ({ params }) => {
        this.asked.push(params.toolCall.toolCallId)
        return { outcome: { outcome: 'selected', optionId: await this.answer() } }
      })
    this.agent = app.connect(stream).agent
  }

  async initialize(): Promise<void> {
    await this.agent.request(methods.agent.initialize, { protocolVersion: PROTOCOL_VERSION, clientCapabilities: {} })
  }

  prompt(sessionId: string, text: string): Promise<{ stopReason: string }> {
    return this.agent.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: 'text', text }] })
  }
}

const STREAMS = [
  ['WebSocket', (url: string) => createWebSocketStream(`${url.replace('http', 'ws')}/acp`, { WebSocket, ...HEADERS })],
  ['HTTP', (url: string) => createHttpStream(`${url}/acp`, HEADERS)],
] as const

it.each(STREAMS)('an unmodified client over %s: a turn with a question', async (_name, streamTo) => {
  const { url } = await start()
  const editor = new Editor(streamTo(url))
  await editor.initialize()
  const { sessionId, modes } = await editor.agent.request(methods.agent.session.new, { cwd: folder, mcpServers: [] })
  expect(modes?.currentModeId).toBe('ask')
  expect((await editor.prompt(sessionId, 'chunks 1 100\nask q\nsay end')).stopReason).toBe('end_turn')
  const numbers = Array.from({ length: 100 }, (_, at) => `${at + 1} `).join('')
  expect(editor.text).toBe(`${numbers}[q: yes]end`)
})

it.each(STREAMS)(
  'an unmodified client that comes back over %s after a kill loads everything, and the turn went on',
  async (_name, streamTo) => {
    const { url, port } = await start()
    const editor = new Editor(createWebSocketStream(`${url.replace('http', 'ws')}/acp`, { WebSocket, ...HEADERS }))
    // Nobody answers: the question waits for whoever comes.
    editor.answer = () => new Promise(() => {})
    await editor.initialize()
    const { sessionId } = await editor.agent.request(methods.agent.session.new, { cwd: folder, mcpServers: [] })
    editor.prompt(sessionId, 'chunks 1 200 2\nask q\nsay end').catch(() => {})
    await vi.waitFor(() => expect(editor.text.length).toBeGreaterThan(50), { timeout: 60_000 })
    await gateway?.stop('SIGKILL')
    await start(port)
    const later = new Editor(streamTo(url))
    await later.initialize()
    await later.agent.request(methods.agent.session.load, { sessionId, cwd: folder, mcpServers: [] })
    const numbers = Array.from({ length: 200 }, (_, at) => `${at + 1} `).join('')
    await vi.waitFor(() => expect(later.text).toBe(`${numbers}[q: yes]end`), { timeout: 60_000 })
    expect(later.prompts).toBe('chunks 1 200 2\nask q\nsay end')
    expect(later.asked).toEqual(['q'])
  },
)
