import { client, methods, PROTOCOL_VERSION, type Stream } from '@agentclientprotocol/sdk'
import { createWebSocketStream } from '@agentclientprotocol/sdk/experimental/ws-client'
import { HubClient } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { WebSocket } from 'ws'

const AUTHORIZATION = { authorization: 'Bearer t' } as const

/** One request of the gateway's API; its body, where it says JSON, as it is read. */
export async function ask(base: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const isText = typeof body === 'string'
  const response = await fetch(`${base}${path}`, {
    method,
    headers: {
      ...AUTHORIZATION,
      ...(body === undefined ? {} : { 'content-type': isText ? 'text/plain' : 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text
}

/** An editor at the gateway's agent: what it was told, and a prompt. */
export class Editor {
  text = ''
  readonly agent

  constructor(base: string) {
    const stream: Stream = createWebSocketStream(`${base.replace('http', 'ws')}/acp`, {
      WebSocket,
      headers: AUTHORIZATION,
    })
    const app = client({ name: 'editor' })
      .onNotification(methods.client.session.update, ({ params: { update } }) => {
        if ('content' in update && 'text' in Object(update.content))
          this.text += `${update.sessionUpdate}: ${Object(update.content).text}\n`
      })
      .onRequest(methods.client.session.requestPermission, async () => ({
        outcome: { outcome: 'selected', optionId: 'yes' },
      }))
    this.agent = app.connect(stream).agent
  }

  async initialize(): Promise<void> {
    await this.agent.request(methods.agent.initialize, { protocolVersion: PROTOCOL_VERSION, clientCapabilities: {} })
  }
}

/** Everything that a data folder may hold, written through the gateway as its clients write it. */
export async function fillFolder(base: string, cwd: string): Promise<void> {
  const transport = nodeWebSocket()
  const common = { transport, url: base, token: 't' } as const
  const lead = new HubClient({
    ...common,
    role: 'lead',
    sessionId: 'work',
    label: 'Before',
    onRequest: () => [{ action: 'RETURN', result: { answered: true } }],
  })
  await lead.connect()
  const controller = new HubClient({ ...common, role: 'controller', sessionId: 'work' })
  await controller.connect()
  await lead.send({ type: 'event', id: crypto.randomUUID(), event: 'user_prompt', data: { content: 'What is left?' } })
    .done
  await lead.send({ type: 'event', id: crypto.randomUUID(), event: 'message_update', data: { delta: 'All ' } }).done
  await lead.send({
    type: 'event',
    id: crypto.randomUUID(),
    event: 'message_end',
    data: { role: 'assistant', content: 'All of it: ünïcödé 🙂' },
  }).done
  await lead.send({
    type: 'event',
    id: crypto.randomUUID(),
    event: 'task_start',
    data: { taskId: 't1', agent: 'worker' },
  }).done
  await lead.send({
    type: 'event',
    id: crypto.randomUUID(),
    event: 'task_complete',
    data: { taskId: 't1', result: 'done' },
  }).done
  await controller.command('run', 'tests')
  await Promise.all([lead.close(), controller.close()])
  await ask(base, 'POST', '/api/hub/session', { label: 'Private', visibility: 'private', tags: ['kept'] })
  await ask(base, 'POST', '/api/grants', { session: 'work', role: 'observe', label: 'for Bea' })
  await ask(base, 'POST', '/api/hub/agents', { slug: 'reviewer', displayName: 'Reviewer', instructions: 'Read.' })
  await ask(base, 'POST', '/api/hub/agents/reviewer/publish', {})
  await ask(base, 'POST', '/api/tracker/tasks', { title: 'Write it down', description: 'all of it' })
  await ask(base, 'PUT', '/streams/notes', 'first\n')
  await ask(base, 'POST', '/streams/notes', 'second\n')
  await ask(base, 'POST', '/streams/read-links', { stream: 'notes' })
  const editor = new Editor(base)
  await editor.initialize()
  const { sessionId } = await editor.agent.request(methods.agent.session.new, { cwd, mcpServers: [] })
  const prompt = [{ type: 'text', text: 'chunks 1 5\nask q\nsay end' }] as const
  await editor.agent.request(methods.agent.session.prompt, { sessionId, prompt: [...prompt] })
}
