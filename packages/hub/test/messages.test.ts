import type { HubServerMessage } from '@holdfast/protocol/hub'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HubClient } from '../src/index.ts'
import { broadcast, Fixture } from './fixture.ts'

let hub: Fixture
beforeEach(() => {
  hub = new Fixture()
})
afterEach(() => hub.ends())

type Peer = Awaited<ReturnType<Fixture['accepts']>>

/** An open client of a hub that does not speak the extension, past its first ping. */
async function open(options: Parameters<Fixture['client']>[0] = {}): Promise<{ client: HubClient; peer: Peer }> {
  const client = hub.client({ role: 'lead', ...options })
  client.connect()
  const peer = await hub.accepts()
  await receivesType(peer, 'ping')
  return { client, peer }
}

/** The next dial, up to the first ping. */
async function reopens(client: HubClient): Promise<Peer> {
  const peer = await hub.accepts()
  await hub.until(() => client.isConnected)
  return peer
}

const question = { type: 'tool', name: 'read', toolCallId: 'c', params: {} } as const

describe('hub §9.7 requests', () => {
  it('rejects what is in flight when the socket drops, at once and typed', async () => {
    const { client, peer } = await open()
    const asked = client.request(question)
    await peer.receives({ type: 'tool' })
    const start = hub.clock.now()
    peer.drops()
    expect(await hub.settled(asked)).toMatchObject({
      error: { code: 'hub/connection_error', details: { delivery: 'inDoubt' } },
    })
    expect(hub.clock.now() - start).toBeLessThan(1_000)
    const next = await reopens(client)
    await next.receives({ type: 'ping' })
    await next.receivesNothing(5_000)
  })

  it('carries a request over and sends it again under the same id', async () => {
    const { client, peer } = await open()
    const asked = client.request(question, { onDrop: 'carry' })
    const first = await peer.receives({ type: 'tool', id: (id) => typeof id === 'string' })
    peer.drops()
    const next = await reopens(client)
    const second = await receivesType(next, 'tool')
    expect(second['id']).toBe(first.id)
    next.sends({ id: first.id, actions: [] })
    expect(await hub.settled(asked)).toMatchObject({ value: { id: first.id } })
  })

  it('never sends a request that timed out while it was queued', async () => {
    const { client, peer } = await open()
    peer.drops()
    await hub.until(() => !client.isConnected)
    const asked = client.request(question, { timeoutMs: 50 })
    expect(await hub.settled(asked)).toMatchObject({ error: { code: 'hub/response_timeout' } })
    const next = await reopens(client)
    await next.receives({ type: 'ping' })
    await next.receivesNothing(5_000)
  })

  it('settles every request when the client is closed', async () => {
    const { client } = await open()
    const asked = client.event('steer')
    void client.close()
    expect(await hub.settled(asked)).toMatchObject({ error: { code: 'hub/connection_error' } })
  })

  it.each([{ nothing: 1 }, { actions: 'x' }])(
    'rejects at once what is answered with %j, which is no response',
    async (answer) => {
      const { client, peer } = await open()
      const asked = client.request(question)
      const { id } = await receivesType(peer, 'tool')
      const start = hub.clock.now()
      peer.sends({ id, ...answer })
      expect(await hub.settled(asked)).toMatchObject({ error: { code: 'hub/invalid_response' } })
      expect(hub.clock.now() - start).toBeLessThan(1_000)
    },
  )

  it('rejects with the reason of the signal', async () => {
    const { client, peer } = await open()
    const abort = new AbortController()
    const asked = client.command('go', 'left', { signal: abort.signal })
    await peer.receives({ type: 'command', name: 'go', args: 'left' })
    abort.abort('enough')
    expect(await hub.settled(asked)).toEqual({ error: 'enough' })
  })

  it('waits 30 s for a response', async () => {
    const { client, peer } = await open()
    const asked = hub.settled(client.event('steer'))
    const start = hub.clock.now()
    answering(peer)
    expect(await asked).toMatchObject({ error: { code: 'hub/response_timeout' } })
    expect(hub.clock.now() - start).toBe(30_000)
  })
})

describe('hub §9.8 order is kept', () => {
  it('sends what a callback sends during the reconnect after what was queued before', async () => {
    let dials = 0
    const says = (what: string): void => {
      if (dials === 2) client.sessionEntry('p', what)
    }
    const client = hub.client({
      role: 'controller',
      onInit: () => {
        dials += 1
        says('from onInit')
      },
      onStatus: ({ status }) => status.state === 'open' && says('from onStatus'),
    })
    client.connect()
    const peer = await reopens(client)
    peer.drops()
    await hub.until(() => !client.isConnected)
    for (let n = 1; n <= 3; n += 1) client.sessionEntry('p', `queued ${n}`)
    const next = await reopens(client)
    await next.receives({ type: 'bootstrap_ready' })
    const lines: unknown[] = []
    for (let n = 1; n <= 5; n += 1) lines.push((await receivesType(next, 'session_entry'))['line'])
    expect(lines).toEqual(['queued 1', 'queued 2', 'queued 3', 'from onInit', 'from onStatus'])
  })
})

describe('hub §9.9 nothing sent is lost silently', () => {
  it('has no bound by count of its own', () => {
    const client = hub.client()
    const sent = Array.from({ length: 3_000 }, (_, n) => client.sessionEntry('p', String(n)))
    expect(sent.filter(({ state }) => state !== 'queued')).toEqual([])
  })

  it('keeps 501 messages of a short outage', async () => {
    const { client, peer } = await open()
    peer.drops()
    await hub.until(() => !client.isConnected)
    for (let n = 1; n <= 501; n += 1) client.sessionEntry('p', String(n))
    const next = await reopens(client)
    for (let n = 1; n <= 501; n += 1) expect((await receivesType(next, 'session_entry'))['line']).toBe(String(n))
    expect(hub.errors).toEqual([])
  })

  it('names the messages that did not fit', async () => {
    const client = hub.client({ queue: { maxCount: 2 } })
    const deliveries = [1, 2, 3].map((n) => client.sessionEntry('p', String(n)))
    expect(deliveries.map(({ state }) => state)).toEqual(['queued', 'queued', 'rejected'])
    await hub.clock.settle()
    const ids = [deliveries[2]?.id]
    expect(hub.reports).toEqual([{ kind: 'overflow', count: 1, ids }])
  })

  it('names the messages that may have arrived', async () => {
    const { client, peer } = await open()
    const sent = client.sessionEntry('p', 'x')
    await receivesType(peer, 'session_entry')
    peer.drops()
    await hub.until(() => hub.reports.length > 0)
    expect(sent.state).toBe('inDoubt')
    expect(hub.reports).toEqual([{ kind: 'inDoubt', count: 1, ids: [sent.id] }])
  })

  it('knows that messages arrived when the hub answered the ping behind them', async () => {
    const { client, peer } = await open()
    const sent = client.sessionEntry('p', 'x')
    answering(peer)
    expect(await hub.settled(sent)).toEqual({ value: 'acked' })
    expect(sent.state).toBe('acked')
  })
})

describe('hub §9.10 bad messages', () => {
  it.each(['null', '7', '"text"', '[1]', 'true', '{', '', '{"type":7}', '{}', '{"id":"a"}'])(
    'reports %s and lives on',
    async (frame) => {
      const { peer } = await open()
      peer.sendsFrame(frame)
      peer.sends(broadcast(1))
      await hub.until(() => hub.messages.length === 1)
      expect(hub.errors).toMatchObject([{ code: 'hub/invalid_message' }])
    },
  )

  it('says what is wrong, without the value', async () => {
    const { peer } = await open()
    peer.sends({ ...broadcast(1), event: { secret: 1 } })
    await hub.until(() => hub.errors.length === 1)
    expect(hub.errors[0]?.message).toContain('event')
    expect(hub.errors[0]?.message).not.toContain('secret')
  })

  it('survives a binary frame, before and after init', async () => {
    const client = hub.client({ role: 'lead' })
    client.connect()
    const peer = await hub.server.peer()
    peer.sendsFrame(new Uint8Array([1]), 'null')
    peer.sends({ type: 'init', role: 'lead' })
    peer.sendsFrame(new Uint8Array([1]))
    peer.sends(broadcast(1))
    await hub.until(() => hub.messages.length === 1)
    expect(hub.errors).toHaveLength(3)
  })

  it('passes unknown types on', async () => {
    const { peer } = await open()
    peer.sends({ type: 'from_the_future', n: 1 })
    await hub.until(() => hub.messages.length === 1)
    expect(hub.messages).toEqual([{ type: 'from_the_future', n: 1 }])
  })
})

describe('hub §9.11 a throwing callback harms nothing but itself', () => {
  it('is reported, and the response it was handling still settles its request', async () => {
    const thrown = new Error('mine')
    const { client, peer } = await open({
      onMessage: () => {
        throw thrown
      },
    })
    const asked = client.request(question)
    const { id } = await peer.receives({ type: 'tool', id: (id) => typeof id === 'string' })
    peer.sends(broadcast(1), { id, actions: [] }, broadcast(2))
    expect(await hub.settled(asked)).toMatchObject({ value: { id } })
    await hub.until(() => hub.errors.length === 2)
    expect(hub.errors).toMatchObject([
      { code: 'hub/callback_failed', cause: thrown },
      { code: 'hub/callback_failed', cause: thrown },
    ])
    expect(client.isConnected).toBe(true)
  })

  it('holds for every listener, of problems too', async () => {
    const fail = (): never => {
      throw new Error('mine')
    }
    const client = hub.client({
      role: 'lead',
      onInit: fail,
      onStatus: fail,
      onMessage: fail,
      onClosed: fail,
      onDelivery: fail,
      onHydration: fail,
      onProblem: fail,
      onGap: fail,
    })
    client.connect()
    const peer = await reopens(client)
    peer.sends(broadcast(1), { type: 'session_hydration', sessionId: 's1', resumedAt: 1, entries: [] })
    peer.drops()
    await reopens(client)
    expect(client.isConnected).toBe(true)
  })

  it("answers a request whose handler throws, and one whose neighbour's callback throws", async () => {
    const { peer } = await open({
      onMessage: () => {
        throw new Error('a neighbour')
      },
      onRequest: (request) => {
        if (request.type === 'command') throw new Error('no such thing')
        return [{ action: 'RETURN', result: 1 }]
      },
    })
    peer.sends({ type: 'command', id: 'q1', name: 'x', args: '' }, broadcast(1), {
      type: 'event',
      id: 'q2',
      event: 'e',
      data: {},
    })
    expect(await receives(peer, ({ id }) => id === 'q1')).toMatchObject({
      actions: [{ action: 'BLOCK', reason: expect.stringContaining('no such thing') }],
    })
    expect(await receives(peer, ({ id }) => id === 'q2')).toMatchObject({ actions: [{ action: 'RETURN', result: 1 }] })
  })

  it("answers the driver's question, and with an error where the handler throws", async () => {
    const { peer } = await open({
      role: 'controller',
      onUiRequest: ({ method }) => {
        if (method === 'confirm') return { yes: true }
        throw new Error('unknown method')
      },
    })
    peer.sends(
      { type: 'rpc_ui_request', id: 'u1', method: 'confirm', params: {} },
      { type: 'rpc_ui_request', id: 'u2', method: 'other', params: {} },
    )
    const results = new Map<unknown, unknown>()
    while (results.size < 2) {
      const { id, result } = await receivesType(peer, 'rpc_ui_response')
      results.set(id, result)
    }
    expect(results.get('u1')).toEqual({ yes: true })
    expect(results.get('u2')).toEqual({ error: expect.stringContaining('unknown method') })
  })

  it('takes the question from the handler when it is over, sends no answer and goes on with the next one', async () => {
    const signals: AbortSignal[] = []
    const { peer } = await open({
      role: 'controller',
      onUiRequest: ({ id }, { signal }) => {
        signals.push(signal)
        return id === 'last' ? 'answered' : new Promise(() => {})
      },
    })
    const ids = Array.from({ length: 20 }, (_, n) => `u${n}`)
    for (const id of ids) {
      peer.sends({ type: 'rpc_ui_request', id, method: 'confirm', params: {} })
      peer.sends({ type: 'rpc_ui_response', id, result: { cancelled: true } })
    }
    peer.sends({ type: 'rpc_ui_request', id: 'last', method: 'confirm', params: {} })
    expect(await receivesType(peer, 'rpc_ui_response')).toMatchObject({ id: 'last', result: 'answered' })
    const last = signals.pop()
    expect([...signals.map(({ aborted }) => aborted), last?.aborted]).toEqual([...signals.map(() => true), false])
    expect(signals.length).toBeGreaterThan(0)
  })
})

describe('hub §9.12 slow consumers', () => {
  it('pauses the link for an iterator that does not read, and loses nothing', async () => {
    const client = hub.client({ onMessage: undefined })
    client.connect()
    const stream = client.messages({ maxCount: 10 })
    const peer = await reopens(client)
    for (let n = 1; n <= 200; n += 1) peer.sends(broadcast(n))
    await hub.clock.advance(1_000)
    for (let n = 1; n <= 200; n += 1) {
      const result = await hub.settled(stream.next())
      expect(result).toMatchObject({ value: { value: { data: { n } } } })
    }
  })

  it('puts a gap in place of what it drops, where the app chose that', async () => {
    const client = hub.client({ onMessage: undefined })
    client.connect()
    const stream = client.messages({ maxCount: 3, overflow: 'dropOldest' })
    const peer = await reopens(client)
    for (let n = 1; n <= 10; n += 1) peer.sends(broadcast(n))
    await hub.clock.advance(1_000)
    expect(await stream.next()).toMatchObject({ value: { type: 'gap', reason: 'overflow', count: 7 } })
    expect(await stream.next()).toMatchObject({ value: { data: { n: 8 } } })
  })

  it('ends with an error at the bound, where the app chose that', async () => {
    const client = hub.client({ onMessage: undefined })
    client.connect()
    const stream = client.messages({ maxCount: 3, overflow: 'fail' })
    const peer = await reopens(client)
    for (let n = 1; n <= 10; n += 1) peer.sends(broadcast(n))
    await hub.clock.advance(1_000)
    const read: unknown[] = []
    const outcome = await hub.settled(
      (async () => {
        for await (const message of stream) read.push(message)
      })(),
    )
    expect(outcome).toMatchObject({ error: { details: { reason: 'inbox/overflow' } } })
    expect(read.length).toBeLessThanOrEqual(4)
  })
})

describe('sub-agents, filters, hydration', () => {
  it('changes the filter now and for later connections', async () => {
    const { client, peer } = await open({ role: 'observer', subscribe: ['a'] })
    client.subscribe(['b', 'c_*'])
    await peer.receives({ type: 'subscribe', patterns: ['b', 'c_*'] })
    peer.drops()
    const next = await reopens(client)
    expect(hub.query(next).get('subscribe')).toBe('b,c_*')
  })

  it('says which entries of a hydration are new, by their sequence', async () => {
    const told: unknown[] = []
    const { peer } = await open({ onHydration: ({ fresh }) => told.push(fresh.map(({ sequence }) => sequence)) })
    const hydration = (...sequences: number[]): Record<string, unknown> => ({
      type: 'session_hydration',
      sessionId: 's1',
      resumedAt: 1,
      entries: sequences.map((sequence) => ({ type: 'message', timestamp: 1, sequence })),
    })
    peer.sends(hydration(1, 2), hydration(1, 2, 3))
    await hub.until(() => told.length === 2)
    expect(told).toEqual([[1, 2], [3]])
  })

  it('sends RPC commands and session files', async () => {
    const { client, peer } = await open()
    client.rpcCommand({ type: 'prompt' })
    client.sessionWrite('f', 'whole')
    expect(await peer.receives({ type: 'rpc_command' })).toMatchObject({ command: { type: 'prompt' } })
    expect(await peer.receives({ type: 'session_write' })).toMatchObject({ path: 'f', content: 'whole' })
  })
})

/** The next message of this type; pings and others are passed over. */
function receivesType(peer: Peer, type: string): Promise<Record<string, unknown>> {
  return receives(peer, (message) => message['type'] === type)
}

async function receives(
  peer: Peer,
  fits: (message: Record<string, unknown>) => boolean,
): Promise<Record<string, unknown>> {
  for (;;) {
    const message = (await peer.receives(() => true)) as Record<string, unknown>
    if (fits(message)) return message
  }
}

/** Answers pings while virtual time passes, until the fixture ends. */
function answering(peer: Peer): void {
  let answered = 0
  const step = (): void => {
    const pings = peer.unread.filter((frame) => String(frame).includes('"ping"')).length
    for (; answered < pings; answered += 1) peer.sends({ type: 'pong', timestamp: 1 } satisfies HubServerMessage)
    if (hub.clock.now() < 60_000) hub.clock.after(500, step)
  }
  step()
}

it('every request of a burst is answered by the handler, however many come at once', async () => {
  const answered: string[] = []
  const { peer } = await open({
    onRequest: async (request) => {
      answered.push(request.id)
      return [{ action: 'ACK' }]
    },
  })
  const ids = Array.from({ length: 900 }, (_, at) => `c${at}`)
  for (const id of ids) peer.sends({ id, type: 'command', name: 'run', args: '' })
  for (const id of ids) expect(await peer.receives({ id })).toMatchObject({ actions: [{ action: 'ACK' }] })
  expect(answered).toEqual(ids)
})

it('questions that wait for the handler are bounded by bytes: more are refused, reported once, and the rest is answered', async () => {
  const finish: (() => void)[] = []
  const { peer, client } = await open({
    onRequest: async () => {
      await new Promise<void>((resolve) => finish.push(resolve))
      return [{ action: 'ACK' }]
    },
  })
  const mebibyte = 'x'.repeat(1_048_576)
  // 16 are at work, seven of a mebibyte and their 256 bytes fit into 8 MiB behind them.
  for (let n = 0; n < 26; n += 1) peer.sends({ type: 'command', id: `q${n}`, name: 'x', args: n < 16 ? '' : mebibyte })
  const refused: unknown[] = []
  while (refused.length < 3) {
    const { id, actions } = await receives(peer, (message) => 'actions' in message)
    refused.push(id)
    expect(actions).toMatchObject([{ action: 'BLOCK', reason: expect.stringContaining('Too many questions') }])
  }
  expect(refused).toEqual(['q23', 'q24', 'q25'])
  expect(hub.errors).toMatchObject([{ code: 'hub/questions_refused', details: { ids: ['q23'] } }])
  let answered = 0
  while (answered < 23) {
    for (const one of finish.splice(0)) one()
    await receives(peer, (message) => 'actions' in message)
    answered += 1
  }
  expect(client.isConnected).toBe(true)
})
