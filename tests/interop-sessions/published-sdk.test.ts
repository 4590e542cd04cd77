import { createServer } from 'node:http'
import { query, type SDKMessage, type SDKUserMessage } from '@anthropic-ai/claude-agent-sdk/browser'
import { HubClient } from '@holdfast/hub'
import { attachEndpoints, createHub, memoryLog, tokenAuthenticate } from '@holdfast/server'
import { permissionPrompts, sessionsEndpoint } from '@holdfast/server/sessions'
import { nodeWebSocket } from '@holdfast/transport-node'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

const authenticate = tokenAuthenticate([{ secret: 'key', principal: 'somebody' }])

/** A hub with its sessions endpoint, on a port of its own. */
async function serve(): Promise<string> {
  // The published client takes the global WebSocket, which Node 20 does not have.
  const before = Reflect.get(globalThis, 'WebSocket')
  Reflect.set(globalThis, 'WebSocket', WebSocket)
  const log = memoryLog()
  const hub = createHub({ log, authenticate, requireApproval: permissionPrompts() })
  const sessions = sessionsEndpoint({ hub, authenticate })
  const server = createServer((_request, response) => response.writeHead(404).end())
  const detach = hub.attach(server)
  attachEndpoints(server, { upgrades: [sessions], requests: [] })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    sessions.close()
    detach()
    await hub.close()
    server.closeAllConnections()
    server.close()
    await log.close()
    Reflect.set(globalThis, 'WebSocket', before)
  })
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

/** What a person types, one after the other, for as long as the conversation lasts. */
class Typed implements AsyncIterable<SDKUserMessage> {
  #lines: string[] = []
  #wake: () => void = () => {}

  say(line: string): void {
    this.#lines.push(line)
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncIterator<SDKUserMessage> {
    for (;;) {
      const line = this.#lines.shift()
      if (line === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      } else yield { type: 'user', message: { role: 'user', content: line }, parent_tool_use_id: null, session_id: '' }
    }
  }
}

/** A lead of session s1, which is told what others ask of it. */
function leadOf(host: string, asked: (event: string, data: Readonly<Record<string, unknown>>) => void): HubClient {
  const lead = new HubClient({
    transport: nodeWebSocket(),
    url: `http://${host}`,
    token: 'key',
    sessionId: 's1',
    role: 'lead',
    onRequest: async (message) => {
      if (message.type === 'event') asked(message.event, message.data)
      return [{ action: 'ACK' }]
    },
  })
  onTestFinished(() => lead.close())
  return lead
}

it('the public agent SDK in its browser form talks, is asked, interrupts and changes modes, unchanged', async () => {
  const host = await serve()
  const asked: string[] = []
  const lead = leadOf(host, (event, data) => {
    asked.push(`${event} ${JSON.stringify(data)}`)
    if (event === 'prompt') void work(String(data['content']))
  })
  const work = async (content: string): Promise<void> => {
    const input = { command: `echo ${content}` }
    const { actions } = await lead.request({
      type: 'tool',
      name: 'can_use_tool',
      toolCallId: 't1',
      params: { tool_name: 'Bash', input },
    })
    await lead.event('message_end', { content: JSON.stringify(actions) })
    // Answered or not: the conversation is over when it arrives.
    await lead.event('session_complete', { content: 'done' }).catch(() => {})
  }
  await lead.connect()

  const typed = new Typed()
  const allowed: unknown[] = []
  const conversation = query({
    prompt: typed,
    websocket: {
      url: `ws://${host}/v1/sessions/ws/s1/subscribe`,
      authMessage: { type: 'auth', credential: { type: 'oauth', token: 'key' } },
    },
    canUseTool: async (tool, input) => {
      allowed.push({ tool, input })
      return { behavior: 'allow', updatedInput: input }
    },
  })
  const seen: SDKMessage[] = []
  const reading = (async () => {
    for await (const message of conversation) {
      seen.push(message)
      if (message.type === 'result') break
    }
  })()
  typed.say('hello')
  await reading
  expect(asked).toContain('prompt {"content":"hello"}')
  expect(allowed).toEqual([{ tool: 'Bash', input: { command: 'echo hello' } }])
  expect(seen.find(({ type }) => type === 'assistant')).toBeDefined()
  expect(seen.at(-1)).toMatchObject({ type: 'result', subtype: 'success', result: 'done' })
}, 30_000)

it("the published SDK's interrupts and changes of mode and model reach the lead, and their answers come back", async () => {
  const host = await serve()
  const asked: string[] = []
  const lead = leadOf(host, (event, data) => void asked.push(`${event} ${JSON.stringify(data)}`))
  await lead.connect()
  const conversation = query({
    prompt: new Typed(),
    websocket: {
      url: `ws://${host}/v1/sessions/ws/s1/subscribe`,
      authMessage: { type: 'auth', credential: { type: 'oauth', token: 'key' } },
    },
  })
  await conversation.interrupt()
  await conversation.setPermissionMode('plan')
  await conversation.setModel('some-model')
  expect(asked).toEqual(['interrupt {}', 'set_permission_mode {"mode":"plan"}', 'set_model {"model":"some-model"}'])
  conversation.close()
}, 30_000)
