import { recordingLogger } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { SessionSubscription, SessionsError } from '../src/index.ts'
import { useWorld } from './support.ts'

const world = useWorld()

describe('sessions §1: connecting', () => {
  it('authenticates by headers where the transport can set them, and is connected as soon as the socket opens', async () => {
    const { peer } = await world.now.connected({ headers: { 'x-extra': '1' } })
    expect(peer.request.url).toBe('wss://server/v1/sessions/ws/s1/subscribe?organization_uuid=o1')
    expect(peer.request.headers).toMatchObject({
      authorization: 'Bearer secret',
      'anthropic-version': '2023-06-01',
      'x-extra': '1',
    })
    expect(peer.unread).toEqual([])
    expect(world.now.calls).toEqual(['connected'])
  })

  it('authenticates by the first frame where it cannot', async () => {
    const transport = world.now.network.transportFor({ traits: { requestHeaders: false } })
    const { peer } = await world.now.connected({ transport })
    expect(peer.request.headers['authorization']).toBeUndefined()
    await peer.receives({ type: 'auth', credential: { type: 'oauth', token: 'secret' } })
  })

  it('asks for the token anew at every attempt', async () => {
    let asked = 0
    const { peer } = await world.now.connected({ token: async () => `t${++asked}` })
    expect(peer.request.headers['authorization']).toBe('Bearer t1')
    peer.drops()
    const next = await world.now.server.peer()
    expect(next.request.headers['authorization']).toBe('Bearer t2')
  })

  it('delivers known and unknown types, reports and drops the rest', async () => {
    const { peer } = await world.now.connected()
    peer.sends({ type: 'assistant', message: {} }, { type: 'never_seen', x: 1 }, { no: 'type' }, [1], null)
    peer.sendsFrame('{not json', '"text"')
    peer.sends({ type: 'result', subtype: 'success' })
    await world.now.clock.advance(10)
    expect(world.now.got).toEqual([
      { type: 'assistant', message: {} },
      { type: 'never_seen', x: 1 },
      { type: 'result', subtype: 'success' },
    ])
    expect(world.now.calls.filter((call) => call === 'error sessions/invalid_message')).toHaveLength(5)
  })

  it('keeps the token out of the log and of errors', async () => {
    const logger = recordingLogger()
    const { peer } = await world.now.connected({ logger })
    peer.closes(4003, 'no')
    await world.now.until(() => world.now.calls.includes('sessions/unauthorized'))
    expect(logger.text()).not.toContain('secret')
  })

  it('names the option that is missing', () => {
    const transport = world.now.network.transport
    expect(() => new SessionSubscription({ transport, url: '', sessionId: 's', token: 't' })).toThrow(
      expect.objectContaining({ code: 'sessions/invalid_option', details: { option: 'url' } }),
    )
    expect(() => new SessionSubscription({ transport, url: 'ws://x', sessionId: '', token: 't' })).toThrow(
      SessionsError,
    )
  })
})

describe('sessions §2: close codes', () => {
  it('4003 stops at once', async () => {
    const { session, peer } = await world.now.connected()
    peer.closes(4003, 'no')
    await world.now.until(() => session.status.state === 'closed')
    await world.now.clock.advance(60_000)
    expect(world.now.network.dialCount).toBe(1)
    expect(world.now.calls).toEqual(['connected', 'sessions/unauthorized'])
  })

  it.each([401, 403])('HTTP %i at the upgrade stops at once', async (status) => {
    const session = world.now.subscription()
    const opened = session.connect()
    await world.now.server.refuses({ status })
    await expect(world.now.passing(opened)).rejects.toMatchObject({
      code: 'sessions/unauthorized',
      details: { status },
    })
    await world.now.clock.advance(60_000)
    expect(world.now.network.dialCount).toBe(1)
  })

  it('4001 twice, then accepted: connected', async () => {
    const { session, peer } = await world.now.connected()
    peer.closes(4001, '')
    ;(await world.now.server.peer()).closes(4001, '')
    await world.now.server.peer()
    await world.now.until(() => session.isConnected)
    await world.now.clock.advance(60_000)
    expect(session.isConnected).toBe(true)
    expect(world.now.calls.at(-1)).toBe('connected')
  })

  it('4001 four times: ended with the reason, having waited 2 s × n', async () => {
    const session = world.now.subscription()
    const opened = session.connect()
    opened.catch(() => {})
    const at: number[] = []
    for (let dial = 0; dial < 4; dial++) {
      const peer = await world.now.server.peer()
      at.push(world.now.clock.now())
      peer.closes(4001, 'compacting')
    }
    await world.now.until(() => session.status.state === 'closed')
    expect(session.status).toMatchObject({
      outcome: { reason: 'terminal', error: { code: 'sessions/not_found', details: { closeCode: 4001 } } },
    })
    expect(world.now.calls.at(-1)).toBe('sessions/not_found')
    for (const n of [1, 2, 3]) {
      const waited = (at[n] ?? 0) - (at[n - 1] ?? 0)
      expect(waited).toBeGreaterThanOrEqual(1500 * n)
      expect(waited).toBeLessThanOrEqual(2500 * n + 20)
    }
  })

  it('the budget of 4001 refills after a stable connection', async () => {
    let { session, peer } = await world.now.connected()
    for (let round = 0; round < 3; round++) {
      for (let miss = 0; miss < 3; miss++) {
        peer.closes(4001, '')
        peer = await world.now.server.peer()
      }
      await world.now.until(() => session.status.state === 'open' && session.status.stable)
    }
    expect(session.isConnected).toBe(true)
  })

  it('the budgets are apart: a missing session leaves the retries of drops alone', async () => {
    let { session, peer } = await world.now.connected({ retry: { maxAttempts: 5 } })
    for (let miss = 0; miss < 3; miss++) {
      peer.closes(4001, '')
      peer = await world.now.server.peer()
    }
    for (let drop = 0; drop < 5; drop++) {
      peer.drops()
      peer = await world.now.server.peer()
    }
    await world.now.until(() => session.isConnected)
    peer.drops()
    await world.now.until(() => session.status.state === 'closed')
    expect(world.now.calls.at(-1)).toBe('sessions/gave_up')
  })

  it('any other close is retried as often and as far apart as was asked for', async () => {
    const session = world.now.subscription({
      retry: { preset: 'fleet', maxAttempts: 5, schedule: () => 2_500, jitter: 0.4 },
    })
    session.connect().catch(() => {})
    const at: number[] = []
    for (let dial = 0; dial < 6; dial++) {
      const peer = await world.now.server.peer()
      at.push(world.now.clock.now())
      peer.closes(1011, 'oops')
    }
    await world.now.until(() => session.status.state === 'closed')
    expect(world.now.calls.at(-1)).toBe('sessions/gave_up')
    expect(world.now.calls.filter((call) => call === 'reconnecting')).toHaveLength(5)
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0))
    for (const wait of waits) {
      expect(wait).toBeGreaterThanOrEqual(1500)
      expect(wait).toBeLessThanOrEqual(2520)
    }
  })
})

describe('a subscription', () => {
  it('comes back after a day, and says where it stands', async () => {
    const { session, peer } = await world.now.connected()
    world.now.network.dials({ refuse: {} })
    peer.drops()
    await world.now.clock.advance(86_400_000)
    expect(world.now.calls.filter((call) => call === 'error sessions/unreachable')).toHaveLength(1)
    expect(session.explain()).toMatch(/^Next attempt in .* Last failure: nothing listens at that address/)
    world.now.network.dials('none')
    await world.now.until(() => session.status.state === 'dialing')
    await world.now.server.peer()
    await world.now.until(() => session.isConnected)
  })

  it.each([401, 403, 404])('rides out a %i that something in between answers for a minute', async (status) => {
    const { session, peer } = await world.now.connected()
    world.now.network.dials({ refuse: { status } })
    peer.drops()
    await world.now.clock.advance(60_000)
    expect(session.status.state).toBe('waiting')
    world.now.network.dials('none')
    await world.now.server.peer()
    await world.now.until(() => session.isConnected)
  })

  it("believes the server's own word at once", async () => {
    const { session, peer } = await world.now.connected()
    peer.drops()
    await world.now.server.refuses({
      status: 403,
      body: '{"error":{"code":"sessions/forbidden","message":"not yours"}}',
    })
    await world.now.until(() => session.status.state === 'closed')
    expect(session.explain()).toBe('Closed for good: The server refused the token (not yours).')
  })

  it('reconnect() does not end a connect() that waits', async () => {
    world.now.network.dials({ refuse: {} })
    const session = world.now.subscription()
    const opened = session.connect()
    await world.now.clock.advance(1_000)
    session.reconnect()
    world.now.network.dials('none')
    await world.now.server.peer()
    await world.now.passing(opened)
  })
})

describe('sessions §3: the surface', () => {
  it('reconnect() drops, forgets the counters and dials again after 500 ms', async () => {
    const { session, peer } = await world.now.connected()
    session.reconnect()
    expect(world.now.calls).toEqual(['connected', 'reconnecting'])
    await peer.ends()
    await world.now.clock.advance(450)
    expect(world.now.network.dialCount).toBe(1)
    await world.now.clock.advance(100)
    expect(world.now.network.dialCount).toBe(2)
    await world.now.server.peer()
    await world.now.until(() => session.isConnected)
  })

  it('reconnect() forgets the counters', async () => {
    let { session, peer } = await world.now.connected()
    for (let drop = 0; drop < 5; drop++) {
      peer.drops()
      peer = await world.now.server.peer()
    }
    await world.now.until(() => session.isConnected)
    session.reconnect()
    peer = await world.now.server.peer()
    await world.now.until(() => session.isConnected)
    peer.drops()
    await world.now.server.peer()
    await world.now.until(() => session.isConnected)
  })

  it('reconnect() brings an ended subscription back', async () => {
    const { session, peer } = await world.now.connected()
    peer.closes(4003, '')
    await world.now.until(() => session.status.state === 'closed')
    session.reconnect()
    await world.now.server.peer()
    await world.now.until(() => session.isConnected)
  })

  it('close() outranks a reconnect that waits for its 500 ms', async () => {
    const { session } = await world.now.connected()
    session.reconnect()
    await world.now.passing(session.close())
    await world.now.clock.advance(60_000)
    expect(world.now.network.dialCount).toBe(1)
    expect(world.now.calls.at(-1)).toBe('closed')
  })

  it('an abort outranks it too', async () => {
    const abort = new AbortController()
    const { session } = await world.now.connected({ signal: abort.signal })
    session.reconnect()
    abort.abort()
    await world.now.clock.advance(60_000)
    expect(world.now.network.dialCount).toBe(1)
  })

  it('a callback that throws is reported and harms nothing else', async () => {
    const { peer } = await world.now.connected({
      onMessage: () => {
        throw new Error('mine')
      },
    })
    peer.sends({ type: 'a' }, { type: 'b' })
    await world.now.clock.advance(10)
    expect(world.now.calls.filter((call) => call === 'error sessions/callback_failed')).toHaveLength(2)
    expect(world.now.network.dialCount).toBe(1)
  })
})
