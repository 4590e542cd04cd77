import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { client, methods, PROTOCOL_VERSION } from '@agentclientprotocol/sdk'
import { acpStream } from '@holdfast/acp'
import { HubClient } from '@holdfast/hub'
import { isKnownHubServerMessage } from '@holdfast/protocol/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { AGENT_FILE, type GatewayProcess, startGateway } from './gateway-process.ts'
import { endShellHost } from './support/shell-host.ts'

const CHUNKS = 600

let folder = ''
let gateway: GatewayProcess | undefined

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-acp-kill-')))
})

afterEach(async () => {
  await gateway?.stop('SIGKILL')
  await endShellHost(join(folder, 'data'), 'agent-host')
  rmSync(folder, { recursive: true, force: true })
})

function journal(): string[] {
  return readFileSync(join(folder, 'journal'), 'utf8').split('\n')
}

/** The agents that were started. */
function pids(): number[] {
  return journal().flatMap((line) => (line.startsWith('begin ') ? [Number(line.split(' ')[1])] : []))
}

async function start(port: number): Promise<GatewayProcess> {
  const agent = `scripted=${process.execPath} ${AGENT_FILE}`
  const args = ['--port', String(port), '--data', join(folder, 'data'), '--token', 't', '--shell', 'none']
  return startGateway([
    ...args,
    ...['--agent', agent, '--agent-folder', folder, '--agent-env', `AGENT_JOURNAL=${join(folder, 'journal')}`],
  ])
}

it('a turn goes on over kills of its gateway: every update once and in order, one answer, and the agent knows nothing of it', async () => {
  gateway = await start(0)
  const { port, url } = gateway
  const again = async (): Promise<void> => {
    await gateway?.stop('SIGKILL')
    gateway = await start(port)
  }
  const stream = acpStream({ transport: nodeWebSocket(), url: `${url}/acp`, token: 't' })
  const texts: string[] = []
  let arrived: (() => void) | undefined
  let wanted = Number.POSITIVE_INFINITY
  const reached = (count: number): Promise<void> =>
    new Promise((resolve) => {
      wanted = count
      arrived = resolve
      if (texts.length >= count) resolve()
    })
  const questions: unknown[] = []
  const app = client({ name: 'test' })
    .onNotification(methods.client.session.update, ({ params: { update } }) => {
      if (update.sessionUpdate !== 'agent_message_chunk' || update.content.type !== 'text') return
      texts.push(update.content.text)
      if (texts.length >= wanted) arrived?.()
    })
    .onRequest(methods.client.session.requestPermission, async ({ params }) => {
      questions.push(params.toolCall.toolCallId)
      // The question is open while the gateway dies.
      await again()
      return { outcome: { outcome: 'selected', optionId: 'yes' } }
    })
  const stopReason = await app.connectWith(stream, async (agent) => {
    await agent.request(methods.agent.initialize, { protocolVersion: PROTOCOL_VERSION, clientCapabilities: {} })
    const { sessionId } = await agent.request(methods.agent.session.new, { cwd: folder, mcpServers: [] })
    const text = `chunks 1 ${CHUNKS} 3\nask q\nchunks ${CHUNKS + 1} ${2 * CHUNKS} 3\nsay end`
    const turn = agent.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: 'text', text }] })
    await reached(100)
    await again()
    await reached(CHUNKS + 200)
    await again()
    const answer = await turn
    await watched(sessionId)
    return answer.stopReason
  })
  await stream.close()
  expect(stopReason).toBe('end_turn')
  const numbers = Array.from({ length: 2 * CHUNKS }, (_, at) => `${at + 1} `)
  expect(texts.join('')).toBe([...numbers.slice(0, CHUNKS), '[q: yes]', ...numbers.slice(CHUNKS), 'end'].join(''))
  expect(questions).toEqual(['q'])
  expect(pids()).toHaveLength(1)
  expect(journal().filter((line) => line.includes('"session/prompt"'))).toHaveLength(1)
  expect(journal()).not.toContain('end of input')
})

it('a gateway that is killed before it has said anything behind a resume has its client in the session again', async () => {
  gateway = await start(0)
  const { port, url } = gateway
  const open = () => {
    const stream = acpStream({ transport: nodeWebSocket(), url: `${url}/acp`, token: 't' })
    const texts: string[] = []
    const app = client({ name: 'test' }).onNotification(methods.client.session.update, ({ params: { update } }) => {
      if (update.sessionUpdate === 'agent_message_chunk' && update.content.type === 'text')
        texts.push(update.content.text)
    })
    return { stream, texts, agent: app.connect(stream).agent }
  }
  const hello = { protocolVersion: PROTOCOL_VERSION, clientCapabilities: {} }
  const first = open()
  await first.agent.request(methods.agent.initialize, hello)
  const { sessionId } = await first.agent.request(methods.agent.session.new, { cwd: folder, mcpServers: [] })
  const prompt = (text: string) => ({ sessionId, prompt: [{ type: 'text' as const, text }] })
  await first.agent.request(methods.agent.session.prompt, prompt('say one'))
  await first.stream.close()
  const second = open()
  await second.agent.request(methods.agent.initialize, hello)
  await second.agent.request(methods.agent.session.resume, { sessionId, cwd: folder, mcpServers: [] })
  await gateway.stop('SIGKILL')
  gateway = await start(port)
  const answer = await second.agent.request(methods.agent.session.prompt, prompt('say two'))
  expect(answer).toMatchObject({ stopReason: 'end_turn' })
  await expect.poll(() => second.texts).toEqual(['two'])
  await second.stream.close()
})

/** Somebody who knows nothing of ACP sees the conversation in the hub. */
async function watched(sessionId: string): Promise<void> {
  const hub = new HubClient({
    transport: nodeWebSocket(),
    url: gateway?.url ?? '',
    token: 't',
    sessionId,
    role: 'controller',
  })
  try {
    const entries = await new Promise<readonly { type: string; content?: string | undefined }[]>((resolve) => {
      hub.on('message', (message) => {
        if (isKnownHubServerMessage(message) && message.type === 'session_hydration') resolve(message.entries)
      })
      void hub.connect()
    })
    expect(entries[0]).toMatchObject({ type: 'user_prompt' })
    const said = entries.filter(({ type }) => type === 'message').map(({ content }) => content)
    expect(said.join('')).toContain('[q: yes]')
    expect(entries.at(-1)).toMatchObject({ type: 'turn' })
  } finally {
    await hub.close()
  }
}
