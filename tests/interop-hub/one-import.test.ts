import * as published from '@agentuity/core/coder'
import * as compat from '@holdfast/hub/compat'
import { tokenAuthenticate } from '@holdfast/server'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { Record, startHub } from './support.ts'

/** What a program of the published package imports; the compiler checks that both modules have it. */
interface Coder {
  readonly CoderHubWebSocketClient: new (
    options?: Omit<published.CoderHubWebSocketOptions, Narrowed> & SocketCallbacks,
  ) => Socket
  readonly CoderSSEClient: new (
    options: Omit<published.CoderSSEClientOptions, Narrowed> & StreamCallbacks,
  ) => Pick<published.CoderSSEClient, 'connect' | 'close' | 'isConnected' | 'state'>
  readonly CoderHubWebSocketError: new (...args: never[]) => Error
  readonly CoderSSEError: new (...args: never[]) => Error
  subscribeToCoderHub(options: Omit<published.CoderHubWebSocketOptions, Narrowed>): AsyncIterable<object>
  streamCoderSessionSSE(
    options: Omit<published.CoderSSEOptions, Narrowed>,
  ): AsyncIterable<{ readonly event: string; readonly data: object }>
}

/** Members whose parameters each module types in its own way. */
type Narrowed = 'onInit' | 'onMessage' | 'onSnapshot' | 'onHydration' | 'onPresence' | 'onBroadcast' | 'onEvent'

interface SocketCallbacks {
  onInit?: (init: { readonly sessionId?: string | undefined; readonly role: string }) => void
  onMessage?: (message: object) => void
}

interface StreamCallbacks {
  onSnapshot?: (data: { readonly label: string; readonly status: string }) => void
  onHydration?: (data: { readonly sessionId: string }) => void
  onPresence?: (data: { readonly event: string }) => void
  onBroadcast?: (data: { readonly event: string }) => void
}

interface Socket
  extends Pick<published.CoderHubWebSocketClient, 'connect' | 'close' | 'state' | 'sessionId' | 'isConnected'> {
  readonly initMessage: object | null
  send(message: { type: 'ping'; timestamp: number } | { type: 'session_entry'; path: string; line: string }): void
  sendAndWait(
    message: { type: 'command'; name: string; args: string },
    timeoutMs?: number,
  ): Promise<{ readonly actions: readonly object[] }>
}

const modules: readonly (readonly [string, Coder])[] = [
  ['@agentuity/core/coder', published],
  ['@holdfast/hub/compat', compat],
]

const isA = (message: object, type: string): boolean => Reflect.get(message, 'type') === type

describe.each(modules)('a program that imports from %s', (_name, coder) => {
  let hub: Awaited<ReturnType<typeof startHub>>
  beforeEach(async () => {
    hub = await startHub({ authenticate: tokenAuthenticate([{ secret: 'your-api-key', principal: 'somebody' }]) })
    vi.stubEnv('AGENTUITY_CODER_URL', hub.url)
    vi.stubEnv('AGENTUITY_SDK_KEY', 'your-api-key')
  })
  afterEach(() => vi.unstubAllEnvs())

  /** A lead that answers every request with its name. */
  async function lead(): Promise<void> {
    const query = 'role=lead&sessionId=session-123&api_key=your-api-key'
    const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/api/ws?${query}`)
    onTestFinished(() => socket.terminate())
    await new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        const { type, id, name } = JSON.parse(String(data))
        if (type === 'init') resolve()
        if (type === 'command' && name !== 'never')
          socket.send(JSON.stringify({ id, actions: [{ action: 'RETURN', result: name }] }))
      })
    })
  }

  it('observes a session with callbacks', async () => {
    using session = await hub.hub.createSession('session-123', { label: 'one' })
    const inits = new Record<{ readonly sessionId?: string | undefined; readonly role: string }>()
    const messages = new Record<object>()
    const states: string[] = []
    const errors: Error[] = []
    const client = new coder.CoderHubWebSocketClient({
      apiKey: 'your-api-key',
      sessionId: 'session-123',
      role: 'observer',
      onInit: inits.add,
      onMessage: messages.add,
      onStateChange: (state) => states.push(state),
      onError: (error) => errors.push(error),
    })
    onTestFinished(() => client.close())
    client.connect()
    expect(await inits.next()).toMatchObject({ role: 'observer', sessionId: 'session-123' })
    expect(await messages.next((message) => isA(message, 'session_hydration'))).toMatchObject({ label: 'one' })
    await session.publish('task_start', { taskId: 't' })
    expect(await messages.next((message) => isA(message, 'broadcast'))).toMatchObject({
      event: 'task_start',
      category: 'task',
      data: { taskId: 't' },
    })
    client.send({ type: 'ping', timestamp: 5 })
    await session.publish('task_end', {})
    expect(await messages.next((message) => isA(message, 'broadcast'))).toMatchObject({ event: 'task_end' })
    expect(client).toMatchObject({ isConnected: true, state: 'connected', sessionId: 'session-123' })
    client.close()
    expect(client).toMatchObject({ isConnected: false, state: 'closed' })
    expect(states).toEqual(['connecting', 'authenticating', 'connected', 'closed'])
    expect(errors).toEqual([])
  })

  it('controls a session and waits for the answer', async () => {
    await lead()
    const inits = new Record<unknown>()
    const client = new coder.CoderHubWebSocketClient({
      sessionId: 'session-123',
      role: 'controller',
      onInit: inits.add,
    })
    onTestFinished(() => client.close())
    client.connect()
    expect(await inits.next()).toMatchObject({ role: 'controller' })
    expect(client.initMessage).toMatchObject({ role: 'controller' })
    const response = await client.sendAndWait({ type: 'command', name: 'plan', args: 'now' })
    expect(response.actions).toEqual([{ action: 'RETURN', result: 'plan' }])
    client.send({ type: 'session_entry', path: 'entries.jsonl', line: '{}' })
    const late = await client.sendAndWait({ type: 'command', name: 'never', args: '' }, 20).catch((error) => error)
    expect(late).toBeInstanceOf(coder.CoderHubWebSocketError)
    expect(late).toMatchObject({ code: 'response_timeout', sessionId: 'session-123' })
  })

  it('joins as a sub-agent', async () => {
    await lead()
    const inits = new Record<unknown>()
    const client = new coder.CoderHubWebSocketClient({
      role: 'observer',
      agent: 'scout',
      parentSessionId: 'session-123',
      onInit: inits.add,
    })
    onTestFinished(() => client.close())
    client.connect()
    expect(await inits.next()).toMatchObject({ role: 'sub_agent', agentRole: 'scout' })
  })

  it('iterates over messages, and leaves with break', async () => {
    using session = await hub.hub.createSession('session-123')
    const seen: unknown[] = []
    for await (const message of coder.subscribeToCoderHub({ sessionId: 'session-123', role: 'observer' })) {
      if (isA(message, 'session_hydration')) await session.publish('task_start', { taskId: 't' })
      if (!isA(message, 'broadcast')) continue
      seen.push(message)
      break
    }
    expect(seen).toMatchObject([{ event: 'task_start', data: { taskId: 't' } }])
  })

  it('iterates over server-sent events until its signal', async () => {
    using session = await hub.hub.createSession('session-123', { label: 'one' })
    const controller = new AbortController()
    const seen: unknown[] = []
    for await (const { event, data } of coder.streamCoderSessionSSE({
      apiKey: 'your-api-key',
      sessionId: 'session-123',
      subscribe: ['task', 'session_complete'],
      signal: controller.signal,
    })) {
      if (event === 'hydration') {
        for (const name of ['agent_start', 'task_start', 'session_complete']) await session.publish(name, {})
      }
      if (!isA(data, 'presence')) seen.push(Reflect.get(data, 'event') ?? event)
      if (isA(data, 'broadcast') && Reflect.get(data, 'event') === 'session_complete') controller.abort()
    }
    expect(seen).toEqual(['snapshot', 'hydration', 'task_start', 'session_complete'])
  })

  it('watches server-sent events with callbacks', async () => {
    using session = await hub.hub.createSession('session-123', { label: 'one' })
    const told = new Record<readonly [string, unknown]>()
    const client = new coder.CoderSSEClient({
      apiKey: 'your-api-key',
      sessionId: 'session-123',
      onSnapshot: ({ label, status }) => told.add(['snapshot', `${label} ${status}`]),
      onHydration: ({ sessionId }) => told.add(['hydration', sessionId]),
      onPresence: ({ event }) => told.add(['presence', event]),
      onBroadcast: ({ event }) => told.add(['broadcast', event]),
      onError: (error) => told.add(['error', error]),
    })
    onTestFinished(() => client.close())
    client.connect()
    await told.next(([kind]) => kind === 'presence')
    expect(client).toMatchObject({ isConnected: true, state: 'connected' })
    await session.publish('task_start', {})
    await told.next(([kind]) => kind === 'broadcast')
    client.close()
    expect(client.state).toBe('closed')
    expect(told.items).toEqual([
      ['snapshot', 'one active'],
      ['hydration', 'session-123'],
      ['presence', 'session_join'],
      ['broadcast', 'task_start'],
    ])
  })

  it('learns by an error of the class that it knows that its key is wrong', async () => {
    using _session = await hub.hub.createSession('session-123')
    const reading = (async () => {
      for await (const _ of coder.streamCoderSessionSSE({ apiKey: 'wrong', sessionId: 'session-123' }));
    })()
    const refused = await reading.catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(coder.CoderSSEError)
    expect(refused).toMatchObject({ code: 'auth_failed' })
    const errors = new Record<Error>()
    const client = new coder.CoderHubWebSocketClient({
      apiKey: 'wrong',
      sessionId: 'session-123',
      onError: errors.add,
    })
    onTestFinished(() => client.close())
    client.connect()
    const error = await errors.next()
    expect(error).toBeInstanceOf(coder.CoderHubWebSocketError)
    expect(error).toMatchObject({ closeCode: 4401 })
  })
})
