import { CredentialsRefused } from '@holdfast/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { broadcast, Fixture } from './fixture.ts'

let hub: Fixture
beforeEach(() => {
  hub = new Fixture()
})
afterEach(() => hub.ends())

describe('the handshake (hub §2)', () => {
  it('delivers the first message of an observer that got no init', async () => {
    const client = hub.client({ sessionId: undefined })
    client.connect()
    const peer = await hub.server.peer()
    peer.sends(broadcast(1, { sessionId: 's7' }), broadcast(2))
    await hub.until(() => hub.messages.length === 2)
    expect(hub.messages).toMatchObject([{ data: { n: 1 } }, { data: { n: 2 } }])
    expect(client.initMessage).toBeUndefined()
    expect(client.sessionId).toBe('s7')
  })

  it('keeps what comes before init for a lead and delivers it after the event init', async () => {
    const order: unknown[] = []
    const client = hub.client({
      role: 'lead',
      onInit: () => order.push('init'),
      onMessage: (message) => order.push(message.type),
      onStatus: ({ status }) => status.state === 'open' && order.push('open'),
    })
    client.connect()
    const peer = await hub.server.peer()
    peer.sends({ type: 'presence', event: 'session_join', sessionId: 's1', timestamp: 1 }, broadcast(1))
    peer.sends({ type: 'init', role: 'lead' })
    await hub.until(() => client.isConnected)
    expect(order).toEqual(['init', 'presence', 'broadcast', 'open'])
  })

  it.each([
    [{ error: 'no such key' }, { serverMessage: 'no such key' }],
    [
      { type: 'connection_rejected', code: 'expired', message: 'Too late', timestamp: 1 },
      { serverCode: 'expired', serverMessage: 'Too late', serverMessageType: 'connection_rejected' },
    ],
    [
      { type: 'protocol_error', code: 'bad', message: 'What?', timestamp: 1 },
      { serverCode: 'bad', serverMessageType: 'protocol_error' },
    ],
  ])('reports a refusal with the words of the hub, closes with 4401 and does not retry', async (refusal, details) => {
    const client = hub.client({ role: 'lead', token: () => 'key' })
    const opened = client.connect()
    const peer = await hub.server.peer()
    peer.sends(refusal)
    expect(await peer.ends()).toMatchObject({ code: 4401 })
    expect(await hub.settled(opened)).toMatchObject({ error: { code: 'hub/auth_failed', details } })
    expect(client.status.state).toBe('closed')
    expect(hub.errors).toMatchObject([{ code: 'hub/auth_failed', details }])
    await hub.clock.advance(120_000)
    expect(client.metrics.dials).toBe(1)
  })

  it('sends bootstrap_ready to a hub that accepted a controller, before anything that was queued', async () => {
    const client = hub.client({ role: 'controller' })
    client.sessionEntry('a', 'line')
    client.connect()
    const peer = await hub.accepts({ role: 'controller' })
    await peer.receives({ type: 'bootstrap_ready' })
    await hub.until(() => client.isConnected)
    const rest = [await peer.receives(() => true), await peer.receives(() => true)]
    expect(rest).toContainEqual(expect.objectContaining({ type: 'session_entry' }))
  })

  it('asks for the session that the hub created when it comes back', async () => {
    const client = hub.client({ sessionId: '', role: 'lead' })
    client.connect()
    const peer = await hub.accepts({ sessionId: 'made' })
    expect(hub.query(peer).has('sessionId')).toBe(false)
    await hub.until(() => client.isConnected)
    peer.drops()
    const next = await hub.accepts({ sessionId: 'made' })
    expect(hub.query(next).get('sessionId')).toBe('made')
  })

  it('puts every option of hub §1 into the query', async () => {
    const client = hub.client({
      url: 'https://hub.example/api/ws?keep=1',
      agent: 'scout',
      parentSessionId: 'p',
      task: 't',
      label: 'l',
      subscribe: ['a', 'b_*'],
      orgId: 'o',
      userId: 'u',
      origin: 'web',
      driverMode: 'rpc',
      driverInstanceId: 'd',
      driverVersion: '2',
      coordJobId: 'j',
      coordRole: 'r',
    })
    client.connect()
    const peer = await hub.accepts()
    expect(Object.fromEntries(hub.query(peer))).toEqual({
      keep: '1',
      sessionId: 's1',
      role: 'observer',
      agent: 'scout',
      parent: 'p',
      task: 't',
      label: 'l',
      subscribe: 'a,b_*',
      orgId: 'o',
      userId: 'u',
      origin: 'web',
      driverMode: 'rpc',
      driverInstanceId: 'd',
      driverVersion: '2',
      coordJobId: 'j',
      coordRole: 'r',
      resume: '1',
      v: '2',
      instance: expect.stringMatching(/^[0-9a-z]{16}$/),
      fresh: '1',
      auth: 'none',
    })
  })
})

describe('hub §9.1 every phase has a deadline', () => {
  it('gives up a URL lookup that never answers', async () => {
    const client = hub.client({ url: () => new Promise<string>(() => {}) })
    client.connect()
    await hub.clock.advance(60_000)
    expect(client.status.state).toBe('waiting')
  })

  it('gives up a socket that never opens', async () => {
    hub.network.dials('hang')
    const client = hub.client()
    client.connect()
    await hub.clock.advance(10_000)
    expect(client.status.state).toBe('waiting')
    hub.network.dials('none')
  })

  it('gives up a hub that accepts and says nothing', async () => {
    const client = hub.client({ role: 'lead' })
    client.connect()
    await hub.server.peer()
    await hub.until(() => client.status.state === 'handshaking')
    await hub.clock.advance(10_000)
    expect(client.status.state).toBe('waiting')
  })
})

describe('hub §9.2 a failed URL lookup is a failed attempt', () => {
  it('is retried at first and later', async () => {
    let lookups = 0
    const client = hub.client({
      url: async () => {
        lookups += 1
        if (lookups === 1 || lookups === 3) throw new Error('HTTP 500')
        return 'https://hub.example'
      },
    })
    client.connect()
    const peer = await hub.accepts()
    expect(lookups).toBe(2)
    await hub.until(() => client.isConnected)
    peer.drops()
    await hub.accepts()
    await hub.until(() => client.isConnected)
    expect(lookups).toBe(4)
  })

  it('ends the iterator with the last error when it never succeeds', async () => {
    const client = hub.client({ url: () => Promise.reject(new Error('HTTP 500')), retry: { maxAttempts: 2 } })
    client.connect()
    expect(await hub.settled(client.messages().next())).toMatchObject({
      error: { code: 'hub/max_reconnects_exceeded' },
    })
  })
})

describe('hub §9.3 attempts are counted per outage', () => {
  it('backs off from a hub that accepts and drops, until the limit', async () => {
    const client = hub.client({ retry: { maxAttempts: 5 } })
    const opened = client.connect()
    for (let dial = 1; dial <= 6; dial += 1) {
      const peer = await hub.accepts()
      await hub.until(() => client.isConnected)
      peer.drops()
      await hub.until(() => !client.isConnected)
    }
    await hub.until(() => client.status.state === 'closed')
    expect(await hub.settled(opened)).toEqual({ value: client })
    expect(client.metrics.dials).toBe(6)
    const codes = hub.errors.map(({ code, details }) => details.reason ?? code)
    expect(codes).toEqual(['connection/unreachable', 'connection/exhausted'])
    expect(hub.errors.at(-1)?.code).toBe('hub/max_reconnects_exceeded')
    await hub.clock.advance(600_000)
    expect(client.metrics.dials).toBe(6)
  })

  it('dials at most 12 times in the first minute of such a hub', async () => {
    hub.network.dials('drop')
    const client = hub.client({ retry: {} })
    client.connect()
    await hub.clock.advance(60_000)
    expect(client.metrics.dials).toBeLessThanOrEqual(12)
  })

  it('starts counting anew after the connection stayed up', async () => {
    const client = hub.client({ retry: { maxAttempts: 1, limits: [{ max: 1_000, perMs: 60_000 }] } })
    client.connect()
    for (let outage = 1; outage <= 3; outage += 1) {
      const peer = await hub.accepts()
      peer.sends(broadcast(outage))
      await hub.until(() => client.isConnected)
      const answering = answersPings(peer)
      await hub.clock.advance(11_000)
      answering.stop()
      peer.drops()
      await hub.until(() => !client.isConnected)
    }
    await hub.accepts()
    await hub.until(() => client.isConnected)
  })

  it('starts afresh with connect() after the attempts are spent', async () => {
    const client = hub.client({ retry: { maxAttempts: 1, limits: [{ max: 1_000, perMs: 60_000 }] } })
    const first = client.connect()
    await hub.server.refuses({ status: 503 })
    await hub.server.refuses({ status: 503 })
    expect(await hub.settled(first)).toMatchObject({ error: { code: 'hub/max_reconnects_exceeded' } })
    const again = client.connect()
    await hub.server.refuses({ status: 503 })
    await hub.accepts()
    expect(await hub.settled(again)).toEqual({ value: client })
  })

  it('does not retry where no attempts are allowed', async () => {
    const client = hub.client({ retry: { maxAttempts: 0 } })
    client.connect()
    const peer = await hub.accepts()
    await hub.until(() => client.isConnected)
    peer.drops()
    await hub.until(() => client.status.state === 'closed')
    await hub.clock.advance(60_000)
    expect(client.metrics.dials).toBe(1)
  })
})

describe('hub §9.4 a half-open socket is terminated within the heartbeat timeout', () => {
  it('notices it and has a new connection without waiting for the old peer', async () => {
    const client = hub.client()
    client.connect()
    const peer = await hub.accepts()
    await hub.until(() => client.isConnected)
    const answering = answersPings(peer)
    await hub.clock.advance(25_000)
    answering.stop()
    const start = hub.clock.now()
    hub.network.blackHole()
    await hub.until(() => !client.isConnected)
    expect(hub.clock.now() - start).toBeLessThanOrEqual(30_000)
    hub.network.heal('reset')
    await hub.accepts()
    await hub.until(() => client.isConnected)
  })

  it('lets a quiet hub live that answers pings', async () => {
    const client = hub.client()
    client.connect()
    const peer = await hub.accepts()
    const answering = answersPings(peer)
    await hub.clock.advance(300_000)
    answering.stop()
    expect(client.metrics.dials).toBe(1)
    expect(client.isConnected).toBe(true)
  })
})

describe('hub §9.5 connect() and close() in any order leave one connection or none', () => {
  it('connect(); close() in one tick', async () => {
    const client = hub.client()
    const opened = client.connect()
    await client.close()
    expect(await hub.settled(opened)).toMatchObject({ error: { code: 'hub/connection_error' } })
    await hub.clock.advance(60_000)
    expect(hub.server.waiting).toBe(0)
    expect(client.status.state).toBe('closed')
  })

  it('close() during lookup and during the handshake', async () => {
    const lookup = hub.client({ url: () => new Promise<string>(() => {}) })
    lookup.connect()
    await hub.clock.advance(100)
    await lookup.close()
    const handshake = hub.client({ role: 'lead' })
    handshake.connect()
    const peer = await hub.server.peer()
    await hub.until(() => handshake.status.state === 'handshaking')
    await handshake.close()
    await peer.ends()
    await hub.clock.advance(60_000)
    expect([lookup.status.state, handshake.status.state]).toEqual(['closed', 'closed'])
    expect(hub.errors).toEqual([])
  })

  it('close(); connect() ends with exactly one', async () => {
    const client = hub.client()
    client.connect()
    const first = await hub.accepts()
    await hub.until(() => client.isConnected)
    void client.close()
    client.connect()
    await first.ends()
    await hub.accepts()
    await hub.until(() => client.isConnected)
    await hub.clock.advance(1_000)
    expect(hub.server.waiting).toBe(0)
    expect(client.metrics.dials).toBe(2)
  })
})

describe('hub §9.6 credentials are asked anew, refreshed once, and kept out of URLs and logs', () => {
  it('asks for every attempt, and once more after HTTP 401', async () => {
    const keys: string[] = []
    const client = hub.client({
      role: 'lead',
      token: async ({ reason }) => {
        keys.push(reason)
        return `secret-${keys.length}`
      },
    })
    client.connect()
    await hub.server.refuses({ status: 401 })
    const peer = await hub.server.peer()
    await peer.receives({ authorization: 'secret-2' })
    expect(peer.request.url).not.toContain('secret')
    expect(keys).toEqual(['initial', 'refused'])
    expect(hub.logger.text()).not.toContain('secret')
  })

  it('stops after the second refusal', async () => {
    const client = hub.client({ token: () => 'secret-1' })
    const opened = client.connect()
    await hub.server.refuses({ status: 401 })
    const peer = await hub.server.peer()
    peer.closes(4401, 'who?')
    expect(await hub.settled(opened)).toMatchObject({
      error: { code: 'hub/auth_failed', details: { closeCode: 4401 } },
    })
    expect(client.metrics.dials).toBe(2)
  })

  it('stops at the first refusal of a key that cannot change', async () => {
    const client = hub.client({ token: 'secret-1' })
    const opened = client.connect()
    await hub.server.refuses({ status: 401 })
    expect(await hub.settled(opened)).toMatchObject({ error: { code: 'hub/auth_failed', details: { status: 401 } } })
    expect(client.status.state).toBe('closed')
  })

  it('stops when the credentials function refuses', async () => {
    const client = hub.client({
      token: () => {
        throw new CredentialsRefused()
      },
    })
    const opened = client.connect()
    expect(await hub.settled(opened)).toMatchObject({ error: { code: 'hub/auth_failed' } })
  })

  it('puts the key into a header or the URL as configured', async () => {
    hub.client({ token: 'k1', tokenIn: 'header' }).connect()
    const header = await hub.accepts()
    expect(header.request.headers).toEqual({ authorization: 'Bearer k1' })
    const { transport } = hub.network
    const bare = { ...transport, traits: { ...transport.traits, requestHeaders: false } }
    hub.client({ token: 'k3', tokenIn: 'header', transport: bare }).connect()
    await (await hub.server.peer()).receives({ authorization: 'k3' })
    hub.client({ token: 'k2', tokenIn: 'url' }).connect()
    const url = await hub.accepts()
    expect(hub.query(url).get('api_key')).toBe('k2')
  })
})

describe('close codes (hub §5)', () => {
  it.each([4400, 4403, 4404, 4409, 4410, 4500, 4000, 4999])('does not retry after %i', async (code) => {
    const closes: unknown[] = []
    const client = hub.client()
    client.connection.on('dropped', ({ cause }) => cause.kind === 'close' && closes.push([cause.code, cause.reason]))
    client.connect()
    const peer = await hub.accepts()
    await hub.until(() => client.isConnected)
    peer.closes(code, 'because')
    await hub.until(() => client.status.state === 'closed')
    await hub.clock.advance(60_000)
    expect(client.metrics.dials).toBe(1)
    expect(closes).toEqual([[code, 'because']])
    expect(hub.errors).toMatchObject([{ details: { closeCode: code, closeReason: 'because' } }])
  })

  it.each([
    [4400, 'hub/connection_failed'],
    [4403, 'hub/auth_failed'],
    [4404, 'hub/not_found'],
    [4409, 'hub/has_lead'],
    [4410, 'hub/stale_driver'],
    [4500, 'hub/connection_failed'],
  ])('connect() rejects a close with %i as %s', async (closeCode, code) => {
    const opened = hub.client().connect()
    const peer = await hub.server.peer()
    peer.closes(closeCode, 'because')
    expect(await hub.settled(opened)).toMatchObject({ error: { code, details: { closeCode } } })
  })

  it.each([
    [401, 'hub/auth_failed'],
    [403, 'hub/auth_failed'],
    [404, 'hub/not_found'],
    [400, 'hub/connection_failed'],
  ])('connect() rejects HTTP %i at the upgrade as %s', async (status, code) => {
    const opened = hub.client().connect()
    await hub.server.refuses({ status })
    expect(await hub.settled(opened)).toMatchObject({ error: { code, details: { status } } })
  })

  it.each([4408, 4429, 1000, 1001, 1006, 1011, 3999])('retries after %i', async (code) => {
    const client = hub.client()
    client.connect()
    const peer = await hub.accepts()
    await hub.until(() => client.isConnected)
    if (code === 1006) peer.drops()
    else peer.closes(code)
    await hub.accepts()
    await hub.until(() => client.isConnected)
    // A hub that asks for more than five seconds is told of, as any outage that lasts.
    expect(hub.errors.filter(({ details }) => details.reason !== 'connection/unreachable')).toEqual([])
    expect(hub.errors).toHaveLength(code === 4429 ? 1 : 0)
  })
})

describe('a hub client', () => {
  it('comes back after a day, and says where it stands', async () => {
    const client = hub.client()
    client.connect()
    const peer = await hub.accepts()
    await hub.until(() => client.isConnected)
    hub.network.dials({ refuse: {} })
    peer.drops()
    await hub.clock.advance(86_400_000)
    expect(hub.errors.map(({ details }) => details.reason)).toEqual(['connection/unreachable'])
    expect(client.explain()).toMatch(/^Next attempt in .* Last failure: nothing listens at that address/)
    hub.network.dials('none')
    await hub.until(() => client.status.state === 'dialing')
    await hub.accepts()
    await hub.until(() => client.isConnected)
  })

  it.each([401, 403, 404])('rides out a %i that something in between answers for a minute', async (status) => {
    const client = hub.client()
    client.connect()
    const peer = await hub.accepts()
    await hub.until(() => client.isConnected)
    hub.network.dials({ refuse: { status } })
    peer.drops()
    await hub.clock.advance(60_000)
    expect(client.status.state).toBe('waiting')
    hub.network.dials('none')
    await hub.accepts()
    await hub.until(() => client.isConnected)
  })

  it("believes the hub's own word at once", async () => {
    const client = hub.client()
    client.connect()
    const peer = await hub.accepts()
    await hub.until(() => client.isConnected)
    peer.drops()
    await hub.server.refuses({ status: 404, body: '{"error":{"code":"hub/not_found","message":"no such session"}}' })
    await hub.until(() => client.status.state === 'closed')
    expect(client.explain()).toBe('Closed for good: The hub answered with HTTP 404 (no such session).')
    expect(hub.errors).toMatchObject([{ code: 'hub/not_found', details: { serverCode: 'hub/not_found' } }])
  })

  it('rejects connect() when its time is over, and goes on trying', async () => {
    hub.network.dials({ refuse: {} })
    const client = hub.client()
    const opened = client.connect({ timeoutMs: 2_000 })
    expect(await hub.settled(opened)).toMatchObject({ error: { details: { reason: 'connection/connect_timeout' } } })
    expect(client.status.state).toBe('waiting')
  })
})

/** Answers every ping of a client while virtual time passes. */
function answersPings(peer: Awaited<ReturnType<Fixture['accepts']>>): { stop(): void } {
  let on = true
  const step = (): void => {
    if (!on) return
    for (const frame of peer.unread) {
      if (String(frame).includes('"ping"')) peer.sends({ type: 'pong', timestamp: 1 })
    }
    hub.clock.after(500, step)
  }
  step()
  return {
    stop: () => {
      on = false
    },
  }
}
