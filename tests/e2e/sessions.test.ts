import { createServer, type Server } from 'node:http'
import { HubClient } from '@holdfast/hub'
import { memoryLog, type SessionLog } from '@holdfast/log'
import { attachEndpoints, createHub, type Hub, tokenAuthenticate } from '@holdfast/server'
import { permissionPrompts, type SessionsEndpoint, sessionsEndpoint } from '@holdfast/server/sessions'
import { type SessionMessage, SessionSubscription, type SessionSubscriptionOptions } from '@holdfast/sessions'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Cuts, eventually } from './support/cuts.ts'

let hub: Hub
let endpoint: SessionsEndpoint
let server: Server
let port: number
let closing: (() => unknown)[]
let log: SessionLog

const authenticate = tokenAuthenticate([
  { secret: 'all', principal: 'ann' },
  { secret: 'see', principal: 'bob', scopes: ['observe'] },
  { secret: 'shell', principal: 'eve', scopes: ['shell'] },
])

beforeEach(async () => {
  closing = []
  log = memoryLog()
  await open(0)
  ;(await hub.createSession('s1')).close()
})

afterEach(async () => {
  for (const close of closing.reverse()) await close()
  await shut()
  await log.close()
})

/** A server over the log. */
async function open(at: number): Promise<void> {
  hub = createHub({ log, authenticate, requireApproval: permissionPrompts() })
  endpoint = sessionsEndpoint({ hub, authenticate })
  server = createServer()
  attachEndpoints(server, { upgrades: [endpoint, hub.upgrades], requests: [hub.requests] })
  await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve))
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
}

/** Ends it at once: everything that is not in the log is gone. */
async function shut(): Promise<void> {
  endpoint.close()
  await hub.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

/** Retries fast and without end, however often a link is cut, so that a test takes seconds. */
const FAST = { missingDelayMs: 20, retry: { baseMs: 20, firstMs: 20, capMs: 25, limits: [], flapLimits: [] } }

function subscribe(at: number, options: Partial<SessionSubscriptionOptions> = {}): SessionSubscription {
  const session = new SessionSubscription({
    transport: nodeWebSocket({ proxy: false }),
    url: `ws://127.0.0.1:${at}`,
    sessionId: 's1',
    token: 'all',
    ...FAST,
    ...options,
  })
  closing.push(() => session.close({ flushMs: 0 }))
  return session
}

async function leadOf(at: number, options: object = {}): Promise<HubClient> {
  const lead = new HubClient({
    transport: nodeWebSocket({ proxy: false }),
    url: `ws://127.0.0.1:${at}`,
    token: 'all',
    role: 'lead',
    sessionId: 's1',
    driverInstanceId: 'd1',
    retry: { baseMs: 20, firstMs: 20, capMs: 50, limits: [], flapLimits: [] },
    ...options,
  })
  closing.push(() => lead.close({ flushMs: 0 }))
  await lead.connect()
  return lead
}

const uuidOf = (message: SessionMessage): unknown => Object(message).uuid

describe('sessions endpoint: who gets in', () => {
  it('a wrong token: one dial and a typed error', async () => {
    const session = subscribe(port, { token: 'wrong' })
    await expect(session.connect()).rejects.toMatchObject({ code: 'sessions/unauthorized', details: { status: 401 } })
    expect(session.metrics.dials).toBe(1)
  })

  it('a token without a scope: the same', async () => {
    const session = subscribe(port, { token: 'shell' })
    await expect(session.connect()).rejects.toMatchObject({ code: 'sessions/unauthorized', details: { status: 403 } })
    expect(session.metrics.dials).toBe(1)
  })

  it('a wrong token in the first frame: 4003', async () => {
    const node = nodeWebSocket({ proxy: false })
    const transport = { ...node, traits: { ...node.traits, requestHeaders: false } }
    const endings: unknown[] = []
    const session = subscribe(port, { transport, token: 'wrong', onClosed: (ending) => endings.push(ending) })
    session.connect().catch(() => {})
    await eventually(() => endings.length === 1, 'the end')
    expect(endings).toMatchObject([{ error: { code: 'sessions/unauthorized', details: { closeCode: 4003 } } }])
    expect(session.metrics.dials).toBe(1)
  })

  it('a good token in the first frame: in', async () => {
    const node = nodeWebSocket({ proxy: false })
    const transport = { ...node, traits: { ...node.traits, requestHeaders: false } }
    const got: SessionMessage[] = []
    const session = subscribe(port, { transport, onMessage: (message) => got.push(message) })
    await session.connect()
    const inside = await hub.session('s1')
    await inside.publish('message_end', { content: 'hi' })
    inside.close()
    await eventually(() => got.length === 1, 'the message')
  })

  it('no such session: 4001 with its own retries, then the reason', async () => {
    const endings: unknown[] = []
    const session = subscribe(port, { sessionId: 'nope', onClosed: (ending) => endings.push(ending) })
    session.connect().catch(() => {})
    await eventually(() => endings.length === 1, 'the end')
    expect(endings).toMatchObject([{ error: { code: 'sessions/not_found', details: { closeCode: 4001 } } }])
    expect(session.metrics.dials).toBe(4)
  })

  it('a session that appears meanwhile: connected', async () => {
    const session = subscribe(port, { sessionId: 'late', missingDelayMs: 200 })
    const got: SessionMessage[] = []
    session.handle('x', () => ({}))
    const reading = (async () => {
      for await (const message of session) got.push(message)
    })()
    session.connect().catch(() => {})
    await eventually(() => session.metrics.dials >= 2, 'a second dial')
    const inside = await hub.createSession('late')
    await inside.publish('message_end', { content: 'here' })
    inside.close()
    await eventually(() => got.length === 1, 'the message')
    await session.close()
    await reading
  })
})

describe('sessions endpoint: the stream', () => {
  it('has the conversation in the sessions vocabulary, with stable uuids', async () => {
    const inside = await hub.session('s1')
    await inside.publish('user_prompt', { content: 'list the files' })
    await inside.publish('message_update', { delta: 'I ' })
    await inside.publish('tool_call', { toolCallId: 't1', toolName: 'bash', args: { command: 'ls' } })
    await inside.publish('tool_result', { toolCallId: 't1', toolName: 'bash', content: 'a b' })
    await inside.publish('message_end', { content: 'two files' })
    await inside.publish('loop_started', { n: 1 })
    await inside.publish('session_complete', { content: 'done' })
    inside.close()
    const read = async (): Promise<SessionMessage[]> => {
      const got: SessionMessage[] = []
      const session = subscribe(port, { onMessage: (message) => got.push(message) })
      await session.connect()
      await eventually(() => got.length >= 7, 'seven messages')
      await session.close()
      return got
    }
    const first = await read()
    expect(first.map((message) => message.type)).toEqual([
      'user',
      'stream_event',
      'assistant',
      'user',
      'assistant',
      'system',
      'result',
    ])
    expect(first[2]).toMatchObject({
      message: { content: [{ type: 'tool_use', id: 't1', name: 'bash', input: { command: 'ls' } }] },
    })
    expect(first[4]).toMatchObject({
      session_id: 's1',
      message: { role: 'assistant', content: [{ type: 'text', text: 'two files' }] },
    })
    expect(new Set(first.map(uuidOf)).size).toBe(7)
    expect(await read()).toEqual(first)
  })

  it('goes on after a position, in another process too', async () => {
    const inside = await hub.session('s1')
    for (let n = 0; n < 5; n++) await inside.publish('message_end', { content: `${n}` })
    const got: SessionMessage[] = []
    const first = subscribe(port, { onMessage: (message) => got.push(message) })
    await first.connect()
    await eventually(() => got.length === 5, 'five')
    await first.close()
    await inside.publish('message_end', { content: '5' })
    inside.close()
    const after = first.position
    const later: SessionMessage[] = []
    const second = subscribe(port, { after, onMessage: (message) => later.push(message) })
    await second.connect()
    await eventually(() => later.length > 0, 'the sixth')
    expect(later).toMatchObject([{ message: { content: [{ text: '5' }] } }])
  })

  it('reports a gap where the position belongs to another epoch of the session, then everything', async () => {
    const got: unknown[] = []
    const session = subscribe(port, { after: '00000000-0005-8aaa-8bbb-cccccccccccc' })
    const inside = await hub.session('s1')
    await inside.publish('message_end', { content: 'all of it' })
    inside.close()
    const items = session.items()
    await session.connect()
    got.push((await items.next()).value, (await items.next()).value)
    expect(got).toMatchObject([{ type: 'gap', gap: { reason: 'epoch' } }, { type: 'message' }])
  })
})

describe('sessions endpoint: control', () => {
  it('asks every subscriber; the first valid answer wins, the others are notified, the lead gets it', async () => {
    const lead = await leadOf(port)
    let cancelled = 0
    const slow = subscribe(port)
    slow.handlePermissions(
      (_request, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            cancelled += 1
            reject(new Error('too late'))
          })
        }),
    )
    const answering = subscribe(port)
    const seen: unknown[] = []
    const watching = subscribe(port, { token: 'see', onMessage: (message) => seen.push(message.type) })
    await Promise.all([slow.connect(), answering.connect(), watching.connect()])
    const asked = lead.request(permission('1'), { timeoutMs: 20_000 })
    using inside = await hub.session('s1')
    await eventually(() => inside.pendingApprovals.length === 1, 'the prompt')
    answering.handlePermissions(({ input }) => ({ behavior: 'allow', updatedInput: { ...input, checked: true } }))
    answering.reconnect()
    const answer = await asked
    expect(answer.actions).toMatchObject([
      { action: 'RETURN', result: { behavior: 'allow', updatedInput: { command: '1', checked: true } } },
    ])
    await eventually(() => cancelled === 1, 'the cancel')
    expect(seen).not.toContain('control_request')
  })

  it('an answer that is none is not taken; a denial blocks', async () => {
    const lead = await leadOf(port)
    const session = subscribe(port)
    const requests: string[] = []
    session.handle('can_use_tool', (_request, { requestId }) => {
      requests.push(requestId)
      return { behavior: 'perhaps' }
    })
    await session.connect()
    const asked = lead.request(permission('1'), { timeoutMs: 20_000 })
    await eventually(() => requests.length === 1, 'the prompt')
    session.sendControlResponse({ subtype: 'error', request_id: requests[0] ?? '', error: 'no' })
    session.sendControlResponse({
      subtype: 'success',
      request_id: requests[0] ?? '',
      response: { behavior: 'deny', message: 'not this' },
    })
    expect((await asked).actions).toMatchObject([{ action: 'BLOCK', reason: 'not this' }, { action: 'RETURN' }])
  })

  it('routes interrupt and set_permission_mode to the lead, once for each, and its refusal back', async () => {
    const got: unknown[] = []
    await leadOf(port, {
      onRequest: (request: { event?: string; data?: unknown }) => {
        got.push([request.event, request.data])
        return request.event === 'interrupt' ? [{ action: 'ACK' }] : [{ action: 'BLOCK', reason: 'not now' }]
      },
    })
    const session = subscribe(port)
    await session.connect()
    await session.interrupt()
    await expect(session.setPermissionMode('plan')).rejects.toMatchObject({
      code: 'sessions/control_failed',
      details: { error: 'not now' },
    })
    // The set of subtypes is open; what a lead asks of its clients is not for them to ask.
    for (const subtype of ['dance', 'can_use_tool']) {
      await expect(session.sendControlRequest({ subtype })).rejects.toMatchObject({ code: 'sessions/control_failed' })
    }
    expect(got).toEqual([
      ['interrupt', {}],
      ['set_permission_mode', { mode: 'plan' }],
      ['dance', {}],
    ])
  })

  it('those who may only observe cannot answer or ask', async () => {
    const session = subscribe(port, { token: 'see' })
    await session.connect()
    await expect(session.interrupt()).rejects.toMatchObject({ code: 'sessions/control_failed' })
  })
})

describe('sessions: through a network that cuts 20 times', () => {
  it.each(['a', 'b', 'c'])(
    'every permission prompt is answered exactly once, every message comes once, over a restart too (seed %s)',
    async (seed) => {
      const cuts = await Cuts.before(port, { seed, count: 20 })
      closing.push(() => cuts.proxy.close())
      const lead = await leadOf(cuts.proxy.port)
      const handled = new Map<string, number>()
      const texts: string[] = []
      const session = subscribe(cuts.proxy.port, {
        onMessage: (message) => {
          if (message.type === 'assistant') texts.push(JSON.stringify(Object(message).message.content))
        },
      })
      session.handlePermissions(async ({ input }) => {
        const name = String(input['command'])
        handled.set(name, (handled.get(name) ?? 0) + 1)
        cuts.maybe(0.3)
        await new Promise((resolve) => setTimeout(resolve, 5))
        cuts.maybe(0.2)
        return { behavior: 'allow', updatedInput: { answer: name } }
      })
      await session.connect()
      let inside = await hub.session('s1')
      let n = 0
      while (n < 40 || cuts.left > 0) {
        const name = `${n++}`
        const asked = lead.request(permission(name), { timeoutMs: 30_000, onDrop: 'carry' })
        cuts.maybe(0.1)
        await inside.publish('message_end', { content: name })
        // A server that dies while a prompt waits: the lead asks the next one again, and nobody is asked twice.
        if (n === 20) {
          await eventually(() => handled.has(name) || inside.pendingApprovals.length > 0, 'the prompt')
          const before = port
          inside.close()
          await shut()
          await open(before)
          inside = await hub.session('s1')
        }
        const { actions } = await asked
        expect(actions).toMatchObject([{ result: { behavior: 'allow', updatedInput: { answer: name } } }])
      }
      inside.close()
      expect(cuts.left).toBe(0)
      expect([...handled.values()].every((count) => count === 1)).toBe(true)
      expect(handled.size).toBe(n)
      await eventually(() => texts.length >= n, 'all messages')
      expect(texts).toEqual(Array.from({ length: n }, (_, at) => JSON.stringify([{ type: 'text', text: `${at}` }])))
    },
  )
})

function permission(command: string) {
  return { type: 'event', event: 'can_use_tool', data: { tool_name: 'bash', input: { command } } } as const
}

it('a control request that is larger than the server takes is refused, and the subscription goes on', async () => {
  const session = subscribe(port)
  await session.connect()
  const large = session.sendControlRequest({ subtype: 'set_model', model: 'x'.repeat(2_000_000) })
  await expect(large).rejects.toThrow(/the peer takes 1048576/)
  await session.interrupt({ timeoutMs: 200 }).catch(() => {})
  expect(session.status.state).toBe('open')
  expect(session.metrics.opens).toBe(1)
})
