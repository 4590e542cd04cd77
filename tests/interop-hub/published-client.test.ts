import {
  CoderHubWebSocketClient,
  type CoderHubWebSocketOptions,
  CoderSSEClient,
  parseServerMessage,
  streamCoderSessionSSE,
  subscribeToCoderHub,
} from '@agentuity/core/coder'
import { tokenAuthenticate } from '@holdfast/server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Record, startHub } from './support.ts'

type Message = Parameters<NonNullable<CoderHubWebSocketOptions['onMessage']>>[0]
type Init = Parameters<NonNullable<CoderHubWebSocketOptions['onInit']>>[0]

/** The published client, with everything that it reports. */
class Published {
  readonly messages = new Record<Message>()
  readonly inits = new Record<Init>()
  readonly closes = new Record<{ code: number; reason: string }>()
  readonly errors = new Record<unknown>()
  readonly client: CoderHubWebSocketClient

  constructor(options: CoderHubWebSocketOptions) {
    this.client = new CoderHubWebSocketClient({
      reconnectDelayMs: 10,
      ...options,
      onMessage: this.messages.add,
      onInit: this.inits.add,
      onClose: (code, reason) => this.closes.add({ code, reason }),
      onError: this.errors.add,
    })
    onTestFinished(async () => {
      // Closed while it dials, its socket would tell an error to nobody: both states have a dial in them.
      const dials = () => this.client.state === 'connecting' || this.client.state === 'reconnecting'
      for (let look = 0; dials() && look < 200; look += 1) await new Promise((resolve) => setTimeout(resolve, 5))
      this.client.close()
    })
    this.client.connect()
  }

  /** `sendAndWait` of what its own type, an Omit over a union, does not let through. */
  ask(message: object): ReturnType<CoderHubWebSocketClient['sendAndWait']> {
    return this.client.sendAndWait(JSON.parse(JSON.stringify(message)))
  }

  /** The next message of a type; every one before it must be one that the client's own schemas know. */
  async type(type: string): Promise<Message> {
    return this.messages.next((message) => {
      expect(parseServerMessage(message)).not.toBeNull()
      return 'type' in message && message.type === type
    })
  }
}

const authenticate = tokenAuthenticate([{ secret: 'key', principal: 'somebody' }])

describe('over WebSocket', () => {
  it('leads, observes and controls a session', async () => {
    const { url } = await startHub({ authenticate })
    const lead = new Published({ url, apiKey: 'key', orgId: 'org', role: 'lead', task: 'do it', label: 'one' })
    const { sessionId = '', role } = await lead.inits.next()
    expect(role).toBe('lead')
    expect(lead.client).toMatchObject({ isConnected: true, sessionId, state: 'connected' })

    const observer = new Published({ url, apiKey: 'key', sessionId, subscribe: ['task', 'session'] })
    expect(await observer.inits.next()).toMatchObject({ role: 'observer', sessionId })
    expect(await observer.type('session_hydration')).toMatchObject({
      sessionId,
      label: 'one',
      task: 'do it',
      leadConnected: true,
    })

    const controller = new Published({ url, apiKey: 'key', sessionId, role: 'controller', origin: 'web' })
    expect(await controller.inits.next()).toMatchObject({ role: 'controller' })
    expect(await controller.type('session_hydration')).toMatchObject({ entries: [], leadConnected: true })
    expect(await observer.type('presence')).toMatchObject({ event: 'session_join' })

    const told = await lead.ask({
      type: 'event',
      event: 'task_start',
      data: { taskId: 't', agent: 'a', prompt: 'p' },
    })
    expect(told.actions).toEqual([{ action: 'ACK' }])
    expect(await observer.type('broadcast')).toMatchObject({
      event: 'task_start',
      category: 'task',
      data: { taskId: 't' },
    })
    expect(await controller.type('broadcast')).toMatchObject({ event: 'task_start' })

    const asked = controller.ask({ type: 'command', name: 'plan', args: 'now' })
    const request = await lead.messages.next((message) => 'type' in message && String(message.type) === 'command')
    expect(request).toMatchObject({ name: 'plan', args: 'now' })
    lead.client.send(
      JSON.parse(JSON.stringify({ id: Reflect.get(request, 'id'), actions: [{ action: 'RETURN', result: 42 }] })),
    )
    expect((await asked).actions).toEqual([{ action: 'RETURN', result: 42 }])

    controller.client.close()
    expect(
      await observer.messages.next(
        (message) => 'type' in message && message.type === 'presence' && message.event === 'session_leave',
      ),
    ).toBeDefined()
    expect([lead, observer, controller].flatMap(({ errors }) => errors.items)).toEqual([])
  })

  it('pings and is answered, and an observer that sends too much is refused', async () => {
    const { url, hub } = await startHub()
    using session = await hub.createSession('s')
    const observer = new Published({ url, sessionId: session.id })
    await observer.inits.next()
    observer.client.send({ type: 'ping', timestamp: 5 })
    expect(await observer.type('pong')).toMatchObject({ echoedTimestamp: 5 })
    observer.client.send({ type: 'command', id: '1', name: 'n', args: '' })
    expect(await observer.type('protocol_error')).toMatchObject({ code: 'forbidden_message' })
    expect(observer.client.isConnected).toBe(true)
  })

  it('lets two controllers use the same ids', async () => {
    const { url } = await startHub()
    const lead = new Published({ url, sessionId: 's', role: 'lead' })
    await lead.inits.next()
    const controllers = [1, 2].map(() => new Published({ url, sessionId: 's', role: 'controller' }))
    for (const controller of controllers) await controller.type('session_hydration')
    const answers = controllers.map((controller, at) => controller.ask({ type: 'command', name: `n${at}`, args: '' }))
    for (const _ of controllers) {
      const request = await lead.messages.next((message) => 'type' in message && String(message.type) === 'command')
      const answer = {
        id: Reflect.get(request, 'id'),
        actions: [{ action: 'RETURN', result: Reflect.get(request, 'name') }],
      }
      lead.client.send(JSON.parse(JSON.stringify(answer)))
    }
    expect((await Promise.all(answers)).map(({ actions }) => actions)).toMatchObject([
      [{ result: 'n0' }],
      [{ result: 'n1' }],
    ])
  })

  it('comes back after a drain and goes on', async () => {
    const { url, hub } = await startHub()
    using session = await hub.createSession('s')
    const observer = new Published({ url, sessionId: session.id, maxReconnectAttempts: 3 })
    await observer.inits.next()
    await hub.drain(10)
    expect(await observer.closes.next()).toEqual({ code: 1012, reason: '{"spreadMs":10}' })
    expect(await observer.closes.next()).toMatchObject({ code: 4408 })
  })

  it.each([
    ['a wrong key', { apiKey: 'wrong', role: 'lead' as const }, 4401],
    ['an unknown session', { apiKey: 'key', sessionId: 'none' }, 4404],
    ['a second lead', { apiKey: 'key', sessionId: 's', role: 'lead' as const }, 4409],
  ])('is refused for %s and does not come back', async (_name, options, code) => {
    const { url } = await startHub({ authenticate })
    const lead = new Published({ url, apiKey: 'key', sessionId: 's', role: 'lead' })
    await lead.inits.next()
    const refused = new Published({ url, ...options })
    expect(await refused.closes.next()).toMatchObject({ code })
    expect(await refused.errors.next()).toMatchObject({ code: 'connection_error', closeCode: code })
    expect(refused.client.state).toBe('closed')
  })

  it('iterates over messages', async () => {
    const { url, hub } = await startHub()
    using session = await hub.createSession('s')
    const seen: unknown[] = []
    for await (const message of subscribeToCoderHub({ url, sessionId: 's', subscribe: ['task'] })) {
      seen.push('type' in message ? message.type : 'response')
      if ('type' in message && message.type === 'session_hydration')
        await session.publish('task_start', { taskId: 't' })
      if ('type' in message && message.type === 'broadcast') break
    }
    expect(seen.at(-1)).toBe('broadcast')
  })
})

describe('over server-sent events', () => {
  it('gets snapshot, hydration, presence and broadcasts', async () => {
    const { url, hub } = await startHub({ authenticate })
    using session = await hub.createSession('s', { label: 'one' })
    await session.publish('message_end', { agent: 'a', content: 'hello' })
    const events = new Record<{ kind: string; data: unknown }>()
    const errors: unknown[] = []
    const client = new CoderSSEClient({
      url,
      apiKey: 'key',
      sessionId: 's',
      onSnapshot: (data) => events.add({ kind: 'snapshot', data }),
      onHydration: (data) => events.add({ kind: 'hydration', data }),
      onPresence: (data) => events.add({ kind: 'presence', data }),
      onBroadcast: (data) => events.add({ kind: 'broadcast', data }),
      onError: (error) => errors.push(error),
    })
    onTestFinished(() => client.close())
    client.connect()
    expect(await events.next()).toMatchObject({
      kind: 'snapshot',
      data: { label: 'one', status: 'active', taskCount: 0 },
    })
    expect(await events.next()).toMatchObject({ kind: 'hydration', data: { entries: [{ content: 'hello' }] } })
    expect(await events.next()).toMatchObject({ kind: 'presence', data: { event: 'session_join' } })
    await session.publish('task_start', { taskId: 't', agent: 'a', prompt: 'p' })
    expect(await events.next()).toMatchObject({ kind: 'broadcast', data: { event: 'task_start', category: 'task' } })
    expect(errors).toEqual([])
  })

  it('iterates, filtered', async () => {
    const { url, hub } = await startHub()
    using session = await hub.createSession('s')
    const seen: unknown[] = []
    const signal = new AbortController()
    for await (const { event, data } of streamCoderSessionSSE({
      url,
      sessionId: 's',
      subscribe: ['task'],
      signal: signal.signal,
    })) {
      if (event === 'hydration') {
        await session.publish('agent_start', { agent: 'a' })
        await session.publish('task_start', { taskId: 't' })
      }
      if (data.type === 'broadcast') {
        seen.push(data.event)
        signal.abort()
      }
    }
    expect(seen).toEqual(['task_start'])
  })

  it('is refused with a status that it understands', async () => {
    const { url } = await startHub({ authenticate })
    const stream = streamCoderSessionSSE({ url, apiKey: 'wrong', sessionId: 's' })
    await expect(stream.next()).rejects.toMatchObject({ code: 'auth_failed' })
  })
})
