import { deferred } from '@holdfast/core/internals'
import { recordingLogger } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { useWorld, WELCOME } from './support.ts'

const world = useWorld()

describe('tracker §3.1: a refused token', () => {
  it.each([
    { type: 'auth.error', message: 'expired' },
    { event: 'auth_error', data: 'expired' },
  ])('ends it with one dial and a typed error: %j', async (refusal) => {
    const agent = world.now.agent()
    const starting = agent.connect()
    const peer = await world.now.server.peer()
    await peer.receives({ type: 'auth' })
    peer.sends(refusal)
    await expect(world.now.passing(starting)).rejects.toMatchObject({
      code: 'tracker/token_refused',
      message: expect.stringContaining('expired'),
    })
    await world.now.clock.advance(120_000)
    expect(world.now.network.dialCount).toBe(1)
  })

  it.each([401, 403])('reported as HTTP %i ends it too', async (status) => {
    const agent = world.now.agent()
    const starting = agent.connect()
    await world.now.server.refuses({ status })
    await expect(world.now.passing(starting)).rejects.toMatchObject({
      code: 'tracker/token_refused',
      details: { status },
    })
    await world.now.clock.advance(120_000)
    expect(world.now.network.dialCount).toBe(1)
  })

  it('ends a running agent', async () => {
    const { agent, peer } = await world.now.started()
    peer.drops()
    const next = await world.now.server.peer()
    next.sends({ type: 'auth_error', message: 'revoked' })
    await world.now.until(() => agent.status.state === 'closed')
    expect(agent.status).toMatchObject({ outcome: { error: { code: 'tracker/token_refused' } } })
  })
})

describe('tracker §3.2: connect()', () => {
  it('has a deadline for a tracker that accepts and says nothing', async () => {
    const starting = world.now.agent({ connectTimeoutMs: 25_000 }).connect()
    const since = world.now.clock.now()
    const peers = [await world.now.server.peer(), await world.now.server.peer()]
    await expect(world.now.passing(starting)).rejects.toMatchObject({ code: 'tracker/connect_timeout' })
    expect(world.now.clock.now() - since).toBeLessThanOrEqual(25_001)
    expect(peers).toHaveLength(2)
    const dials = world.now.network.dialCount
    await world.now.clock.advance(120_000)
    expect(world.now.network.dialCount).toBe(dials)
  })

  it('goes on trying for as long as it takes, where no deadline is given', async () => {
    const agent = world.now.agent()
    let hasEnded = false
    void agent.connect().then(
      () => {},
      () => {
        hasEnded = true
      },
    )
    for (let n = 0; n < 6; n++) {
      const peer = await world.now.server.peer()
      peer.drops()
      await world.now.clock.advance(30_000)
    }
    expect([hasEnded, agent.status.state]).toEqual([false, expect.not.stringMatching('closed')])
    await agent.close()
  })

  it('obeys its signal', async () => {
    const abort = new AbortController()
    const starting = world.now.agent().connect({ signal: abort.signal })
    await world.now.server.peer()
    abort.abort(new Error('enough'))
    await expect(world.now.passing(starting)).rejects.toThrow('enough')
    await world.now.clock.advance(120_000)
    expect(world.now.network.dialCount).toBe(1)
  })

  it('survives a failed attempt', async () => {
    const agent = world.now.agent()
    const starting = agent.connect()
    await world.now.server.refuses({ status: 503 })
    await world.now.accepts()
    await world.now.passing(starting)
    expect(agent.isConnected).toBe(true)
  })

  it('starts again after an end', async () => {
    const agent = world.now.agent()
    const first = agent.connect()
    ;(await world.now.server.peer()).sends({ type: 'auth.error' })
    await expect(world.now.passing(first)).rejects.toMatchObject({ code: 'tracker/token_refused' })
    const second = agent.connect()
    const got: unknown[] = []
    agent.handle(({ id }) => got.push(id))
    const peer = await world.now.accepts()
    await world.now.passing(second)
    peer.sends({ type: 'x', id: '1' })
    await peer.receives({ type: 'ack', id: '1' })
    expect(got).toEqual(['1'])
  })
})

describe('tracker §3.3: backoff', () => {
  it('has jitter, and starts again only after a stable connection', async () => {
    let { peer } = await world.now.started({ retry: { limits: [] } })
    const waits: number[] = []
    for (let drop = 0; drop < 6; drop++) {
      peer.drops()
      const since = world.now.clock.now()
      peer = await world.now.accepts()
      waits.push(world.now.clock.now() - since)
    }
    expect(waits[5]).toBeGreaterThan(10_000)
    await world.now.clock.advance(11_000)
    peer.drops()
    const since = world.now.clock.now()
    await world.now.accepts()
    expect(world.now.clock.now() - since).toBeLessThanOrEqual(1_100)
    expect(new Set(waits.map((wait, n) => wait / 2 ** n)).size).toBe(6)
  })
})

describe('tracker §3.4: what is sent while disconnected', () => {
  it('is queued, in order, stream events before the message that followed them', async () => {
    const agent = world.now.agent()
    agent.sendChatMessage('c', '1')
    agent.sendStreamEvent('agent.stream.delta', { task_id: 't', text: 'a' })
    agent.sendStreamEvent('agent.stream.delta', { task_id: 't', text: 'b' })
    agent.sendChatMessage('c', '2')
    agent.sendStreamEvent('agent.stream.delta', { task_id: 't', text: 'c' })
    const starting = agent.connect()
    const peer = await world.now.accepts()
    await peer.receives({ type: 'chat.send', content: '1' })
    await peer.receives({ type: 'agent.stream.delta', text: 'ab' })
    await peer.receives({ type: 'chat.send', content: '2' })
    await peer.receives({ type: 'agent.stream.delta', text: 'c' })
    await world.now.passing(starting)
  })

  it('has no bound by count of its own', () => {
    const agent = world.now.agent()
    const sent = Array.from({ length: 3_000 }, (_, n) => agent.sendChatMessage('c', String(n)))
    expect(sent.filter(({ state }) => state !== 'queued')).toEqual([])
  })

  it('overflows with a typed error that is reported; chat messages in the queue stay', async () => {
    const agent = world.now.agent({ queue: { maxCount: 2 } })
    const sent = ['1', '2', '3'].map((content) => agent.sendChatMessage('c', content))
    await expect(world.now.passing(Promise.resolve(sent[2]))).rejects.toMatchObject({
      code: 'delivery/overflow',
    })
    expect(world.now.reports).toMatchObject([{ kind: 'overflow', count: 1 }])
    const starting = agent.connect()
    const peer = await world.now.accepts()
    await peer.receives({ content: '1' })
    await peer.receives({ content: '2' })
    await world.now.passing(starting)
  })

  it('drops the oldest stream events beyond the bound, and says how many', async () => {
    const agent = world.now.agent({ maxStreamEvents: 10 })
    for (let n = 0; n < 50; n++) agent.sendStreamEvent('agent.stream.tool', { n })
    const starting = agent.connect()
    const peer = await world.now.accepts()
    for (let n = 40; n < 50; n++) await peer.receives({ type: 'agent.stream.tool', n })
    await world.now.passing(starting)
    const dropped = world.now.reports.reduce((sum, { count }) => sum + count, 0)
    expect(dropped).toBe(40)
  })

  it('a chat message that was written when the link dropped goes again, under the same id, before later ones', async () => {
    const { agent, peer } = await world.now.started()
    const first = agent.sendChatMessage('c', '1')
    const before = Object(await peer.receives({ content: '1' }))
    peer.drops()
    await world.now.until(() => !agent.isConnected)
    agent.sendChatMessage('c', '2')
    const next = await world.now.accepts()
    await next.receives({ content: '1', id: before.id })
    await next.receives({ content: '2' })
    // Awaiting it asks for the proof: a heartbeat whose ack comes after the message.
    first.done.catch(() => {})
    await next.receives({ type: 'heartbeat' })
    next.sends({ type: 'heartbeat.ack' })
    await world.now.passing(first)
  })

  it('or is reported as in doubt, where that is asked for', async () => {
    const { agent, peer } = await world.now.started({ whenInDoubt: 'report' })
    const first = agent.sendChatMessage('c', '1')
    await peer.receives({ content: '1' })
    peer.drops()
    await expect(world.now.passing(first)).rejects.toMatchObject({ code: 'delivery/in_doubt' })
    expect(world.now.reports).toMatchObject([{ kind: 'inDoubt', ids: [first.id] }])
  })

  it('joins deltas of one stream while the link is up, and keeps other events apart', async () => {
    const { agent, peer } = await world.now.started()
    for (const text of ['a', 'b', 'c']) agent.sendStreamEvent('agent.stream.delta', { task_id: 't', text })
    agent.sendStreamEvent('agent.stream.delta', { task_id: 'other', text: 'x' })
    agent.sendStreamEvent('agent.stream.tool', { name: 'bash' })
    await peer.receives({ type: 'agent.stream.delta', task_id: 't', text: 'abc' })
    await peer.receives({ type: 'agent.stream.delta', task_id: 'other', text: 'x' })
    await peer.receives({ type: 'agent.stream.tool', name: 'bash' })
  })
})

describe('tracker §3.5: an event', () => {
  it('is acknowledged after its handler succeeded, not before', async () => {
    let finish: () => void = () => {}
    const { peer } = await world.now.started({
      onEvent: () =>
        new Promise<void>((resolve) => {
          finish = resolve
        }),
    })
    peer.sends({ type: 'x', id: '1' })
    await peer.receivesNothing(5000)
    finish()
    await peer.receives({ type: 'ack', id: '1' })
  })

  it.each([
    ['throws', (): unknown => expect.fail('broken')],
    ['rejects', async (): Promise<unknown> => expect.fail('broken')],
  ])('whose listener %s is not acknowledged: all listeners are asked again', async (_how, fail) => {
    const got: string[] = []
    const { agent, peer } = await world.now.started({
      failure: { retries: 1 },
      onMessage: ({ id }) => void got.push(`option ${id}`),
    })
    let failures = 1
    agent.on('message', ({ id }) => {
      got.push(`listener ${id}`)
      if (id === '1' && failures-- > 0) return fail()
      return undefined
    })
    peer.sends({ type: 'x', id: '1' }, { type: 'x', id: '2' })
    await peer.receives({ type: 'ack', id: '1' })
    await peer.receives({ type: 'ack', id: '2' })
    expect(got).toEqual(['1', '1', '2'].flatMap((id) => [`option ${id}`, `listener ${id}`]))
    expect(world.now.errors.map(({ code, details }) => [code, details.next])).toEqual([
      ['tracker/handler_failed', 'retry'],
    ])
  })

  it('whose handler fails is reported, retried, and then nacked; later events wait for it', async () => {
    const got: string[] = []
    const { peer } = await world.now.started({
      onEvent: ({ id }, { attempt }) => {
        got.push(`${id}#${attempt}`)
        if (id === '1') throw new Error('broken')
      },
    })
    peer.sends({ type: 'x', id: '1' }, { type: 'x', id: '2' })
    await peer.receives({ type: 'nack', id: '1' })
    await peer.receives({ type: 'ack', id: '2' })
    expect(got).toEqual(['1#1', '1#2', '1#3', '2#1'])
    expect(world.now.errors.map(({ code, details }) => [code, details.next])).toEqual([
      ['tracker/handler_failed', 'retry'],
      ['tracker/handler_failed', 'retry'],
      ['tracker/handler_failed', 'nack'],
    ])
    peer.sends({ type: 'x', id: '1' })
    await peer.receives({ type: 'nack', id: '1' })
  })

  it('whose handler fails may be left without an answer', async () => {
    const { peer } = await world.now.started({
      failure: { retries: 0, last: 'none' },
      onEvent: () => {
        throw new Error('broken')
      },
    })
    peer.sends({ type: 'x', id: '1' })
    await peer.receivesNothing(5000)
    expect(world.now.errors).toMatchObject([{ details: { next: 'none' } }])
  })

  it('that was handled while the link was down is acknowledged when it comes again, and not handled again', async () => {
    let finish: () => void = () => {}
    let handled = 0
    const { agent, peer } = await world.now.started({
      onEvent: () => {
        handled += 1
        return new Promise<void>((resolve) => {
          finish = resolve
        })
      },
    })
    peer.sends({ type: 'x', id: '1' })
    await world.now.until(() => handled === 1)
    peer.drops()
    await world.now.until(() => !agent.isConnected)
    finish()
    const next = await world.now.accepts()
    next.sends({ type: 'x', id: '1' })
    await next.receives({ type: 'ack', id: '1' })
    expect(handled).toBe(1)
  })

  it('that was handled while the link was down is acknowledged as soon as there is one, unasked', async () => {
    let finish: () => void = () => {}
    const { agent, peer } = await world.now.started({
      onEvent: () => {
        const { promise, resolve } = deferred<void>()
        finish = resolve
        return promise
      },
    })
    peer.sends({ type: 'x', id: '1' })
    await world.now.clock.advance(10)
    peer.drops()
    await world.now.until(() => !agent.isConnected)
    finish()
    await (await world.now.accepts()).receives({ type: 'ack', id: '1' })
  })

  it('that comes again together with the welcome is acknowledged too', async () => {
    const handled: unknown[] = []
    const { peer } = await world.now.started({ onEvent: ({ id }) => handled.push(id) })
    peer.sends({ type: 'x', id: '1' })
    await peer.receives({ type: 'ack', id: '1' })
    peer.drops()
    const next = await world.now.server.peer()
    await next.receives({ type: 'auth', token: 'secret' })
    next.sends({ type: 'x', id: '1' }, WELCOME, { type: 'x', id: '1' }, { type: 'x', id: '2' })
    await next.receives({ type: 'heartbeat' })
    const acks = []
    for (let n = 0; n < 3; n += 1) acks.push(await next.receives({ type: 'ack' }))
    expect(acks.map((ack) => Object(ack).id)).toEqual(['1', '1', '2'])
    expect(handled).toEqual(['1', '2'])
  })

  it('stop() aborts the handler that runs', async () => {
    let aborted = false
    const { agent, peer } = await world.now.started({
      onEvent: (_event, { signal }) =>
        new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => {
            aborted = true
            resolve()
          }),
        ),
    })
    peer.sends({ type: 'x', id: '1' })
    await world.now.clock.advance(10)
    await world.now.passing(agent.close())
    expect(aborted).toBe(true)
  })

  it('waits outside when the handler is slow: memory is bounded and heartbeats go on', async () => {
    const { agent, peer } = await world.now.started({
      maxPendingEvents: 10,
      onEvent: () => new Promise<void>((resolve) => void world.now.clock.after(1000, resolve)),
    })
    const pad = 'x'.repeat(1000)
    for (let n = 0; n < 200; n++) peer.sends({ type: 'x', id: `${n}`, pad })
    let acks = 0
    let beats = 0
    let most = 0
    while (acks < 200) {
      const message = Object(await peer.receives({}))
      most = Math.max(most, agent.metrics.pendingEvents)
      if (message.type === 'ack') acks += 1
      if (message.type !== 'heartbeat') continue
      beats += 1
      peer.sends({ type: 'heartbeat.ack' })
    }
    expect(most).toBeLessThanOrEqual(20)
    expect(beats).toBeGreaterThanOrEqual(6)
    expect(world.now.network.dialCount).toBe(1)
    await world.now.clock.advance(60_000)
  })
})

describe('what the tracker takes', () => {
  it('is heard in its welcome, where a runtime shows no headers of the upgrade', async () => {
    const agent = world.now.agent()
    const starting = agent.connect()
    const peer = await world.now.server.peer()
    await peer.receives({ type: 'auth' })
    peer.sends({ ...WELCOME, data: { ...WELCOME.data, holdfast: { limits: { maxFrameBytes: 1_000 } } } })
    await world.now.passing(starting)
    await peer.receives({ type: 'heartbeat' })
    peer.sends({ type: 'heartbeat.ack' })
    const sent = agent.sendChatMessage('c', 'x'.repeat(2_000))
    await world.now.until(() => sent.settled)
    expect(sent.error).toMatchObject({ code: 'delivery/too_large', details: { maxBytes: 1_000 } })
    void agent.sendChatMessage('c', 'short')
    await peer.receives({ type: 'chat.send', content: 'short' })
    expect(world.now.network.dialCount).toBe(1)
  })
})

describe('tracker §3.5: an event in trouble', () => {
  it('waits with others in 8 MiB at most, however few they are', async () => {
    const got: unknown[] = []
    const { agent, peer } = await world.now.started({
      onEvent: async ({ id }) => {
        got.push(id)
        await new Promise<void>((resolve) => void world.now.clock.after(1_000, resolve))
      },
    })
    const mebibyte = 'x'.repeat(1_048_576)
    for (let n = 0; n < 40; n++) peer.sends({ type: 'x', id: `${n}`, mebibyte })
    let most = 0
    while (got.length < 40) {
      await world.now.clock.advance(500)
      most = Math.max(most, agent.metrics.pendingEvents)
      if (peer.unread.some((frame) => String(frame).includes('heartbeat'))) peer.sends({ type: 'heartbeat.ack' })
    }
    expect(most).toBeLessThanOrEqual(12)
    expect(got).toEqual(Array.from({ length: 40 }, (_, n) => `${n}`))
    expect(world.now.network.dialCount).toBe(1)
  })

  it('does not stop an agent without a handler from hearing of everything else, and waits for a late one', async () => {
    const { agent, peer } = await world.now.started({ maxPendingEvents: 10, onEvent: undefined })
    for (let n = 0; n < 50; n++) peer.sends({ type: 'x', id: `${n}` })
    await world.now.until(() => agent.metrics.leftOutEvents === 40)
    expect(world.now.errors.map(({ code }) => code)).toEqual(['tracker/events_left_out'])
    const got: unknown[] = []
    agent.handle(({ id }) => got.push(id))
    await world.now.until(() => got.length === 10)
    expect(got).toEqual(Array.from({ length: 10 }, (_, n) => `${n}`))
  })

  it('is left out and not acknowledged where reading cannot be slowed and too many wait, which is reported once', async () => {
    const { transport } = world.now.network
    let release: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const got: unknown[] = []
    const { agent, peer } = await world.now.started({
      transport: { ...transport, traits: { ...transport.traits, pause: false } },
      maxPendingEvents: 10,
      onEvent: async ({ id }) => {
        got.push(id)
        await held
      },
    })
    for (let n = 0; n < 50; n++) peer.sends({ type: 'x', id: `${n}` })
    await world.now.until(() => agent.metrics.leftOutEvents === 39)
    expect(agent.metrics.pendingEvents).toBe(10)
    expect(world.now.errors.map(({ code }) => code)).toEqual(['tracker/events_left_out'])
    release()
    await world.now.until(() => got.length === 11)
    // As a tracker does with what was not acknowledged.
    for (let n = 0; n < 20; n++) peer.sends({ type: 'x', id: `${n}` })
    await world.now.until(() => got.length === 20)
    expect(got).toEqual(Array.from({ length: 20 }, (_, n) => `${n}`))
    expect(agent.metrics.duplicateEvents).toBe(11)
  })

  it('is handled after stop() and start(), though a handler from before still runs', async () => {
    const got: unknown[] = []
    const { agent, peer } = await world.now.started({
      onEvent: ({ id }) => {
        got.push(id)
        return id === '1' ? new Promise(() => {}) : undefined
      },
    })
    peer.sends({ type: 'x', id: '1' })
    await world.now.until(() => got.length === 1)
    await world.now.passing(agent.close())
    const starting = agent.connect()
    const next = await world.now.accepts()
    await world.now.passing(starting)
    next.sends({ type: 'x', id: '2' })
    await next.receives({ type: 'ack', id: '2' })
    expect(got).toEqual(['1', '2'])
  })

  it('waits for the next handler where its own left between two attempts', async () => {
    const { agent, peer } = await world.now.started({ failure: { retries: 1, delayMs: 1_000, last: 'nack' } })
    const leave = agent.handle(() => {
      throw new Error('not now')
    })
    peer.sends({ type: 'x', id: '1' }, { type: 'x', id: '2' })
    await world.now.until(() => world.now.errors.length === 1)
    leave()
    await world.now.clock.advance(5_000)
    expect(agent.metrics.pendingEvents).toBe(2)
    const got: unknown[] = []
    agent.handle(({ id }) => got.push(id))
    await peer.receives({ type: 'ack', id: '1' })
    await peer.receives({ type: 'ack', id: '2' })
    expect(got).toEqual(['1', '2'])
  })
})

describe('tracker: effects once', () => {
  it('a handler is given keys that are the same when the event comes again, and sends take them', async () => {
    let isFirst = true
    const { agent, peer } = await world.now.started({ failure: { delayMs: 10 } })
    agent.handle((_event, { key }) => {
      agent.sendTaskComment('t', 'done', [], undefined, { key: key('result') })
      agent.sendChatMessage('c', 'done', [], undefined, undefined, { key: key('chat') })
      if (!isFirst) return
      isFirst = false
      throw new Error('after its effects')
    })
    peer.sends({ type: 'x', id: 'e1' })
    await peer.receives({ type: 'chat.send', task_id: 't', id: 'e1 result' })
    await peer.receives({ type: 'chat.send', chat_id: 'c', id: 'e1 chat' })
    // What is still on its way is the same delivery; a tracker that knows ids shows a second one once.
    await peer.receives({ type: 'ack', id: 'e1' })
    for (const key of ['', 'x'.repeat(129)]) {
      expect(() => agent.sendTaskComment('t', 'x', [], undefined, { key })).toThrowError(
        expect.objectContaining({ code: 'tracker/invalid_option' }),
      )
    }
  })
})

describe('tracker §3.6: the memory of processed ids', () => {
  it('is a bounded ring that survives reconnects', async () => {
    const got: unknown[] = []
    const { agent, peer } = await world.now.started({ maxRememberedIds: 100, onEvent: ({ id }) => got.push(id) })
    for (let n = 0; n < 1000; n++) peer.sends({ type: 'x', id: `${n}` })
    await world.now.until(() => got.length === 1000)
    expect(agent.metrics.rememberedIds).toBe(100)
    peer.drops()
    const next = await world.now.accepts()
    next.sends({ type: 'x', id: '999' }, { type: 'x', id: '1' })
    await world.now.until(() => got.length === 1001)
    expect(got.at(-1)).toBe('1')
    expect(agent.metrics.duplicateEvents).toBe(1)
  })
})

describe('tracker §3.7: presence', () => {
  it('reports a change between busy and online at once', async () => {
    const { agent, peer } = await world.now.started()
    const since = world.now.clock.now()
    agent.addTask('1')
    agent.addTask('2')
    await peer.receives({ type: 'heartbeat', status: 'busy' })
    agent.removeTask('1')
    agent.removeTask('2')
    await peer.receives({ type: 'heartbeat', status: 'online' })
    expect(world.now.clock.now() - since).toBeLessThan(10)
    peer.sends({ type: 'heartbeat.ack' }, { type: 'heartbeat.ack' })
    await peer.receivesNothing(20_000)
  })

  it('says busy with the first heartbeat of a new connection', async () => {
    const { agent, peer } = await world.now.started()
    peer.drops()
    await world.now.until(() => !agent.isConnected)
    agent.addTask('1')
    const next = await world.now.server.peer()
    next.sends(WELCOME)
    await next.receives({ type: 'auth' })
    await next.receives({ type: 'heartbeat', status: 'busy' })
  })

  it('a missing heartbeat ack means the socket is dead, however much else comes', async () => {
    const { agent, peer } = await world.now.started()
    await peer.receives({ type: 'heartbeat' })
    const since = world.now.clock.now()
    const chatter = (): void => {
      if (world.now.clock.now() - since > 12_000) return
      peer.sends({ type: 'subscribe.ok' })
      world.now.clock.after(500, chatter)
    }
    chatter()
    await world.now.until(() => !agent.isConnected)
    expect(world.now.clock.now() - since).toBeLessThanOrEqual(10_010)
    await world.now.accepts()
  })

  it.each([1, 5, 9])(
    'a dead link is noticed 10 s after the first beat without ack, however close the beats (%i s)',
    async (heartbeatIntervalSec) => {
      const { agent, peer } = await world.now.started({ liveness: { intervalMs: heartbeatIntervalSec * 1_000 } })
      await peer.receives({ type: 'heartbeat' })
      const since = world.now.clock.now()
      await world.now.until(() => !agent.isConnected)
      expect(world.now.clock.now() - since).toBeLessThanOrEqual(10_010)
      await world.now.accepts()
    },
  )

  it('a busy agent notices a dead link 10 s after the first beat without ack', async () => {
    const { agent } = await world.now.started()
    const since = world.now.clock.now()
    const work = (): void => {
      if (!agent.isConnected) return
      agent.addTask('a')
      agent.removeTask('a')
      world.now.clock.after(1_700, work)
    }
    work()
    await world.now.until(() => !agent.isConnected)
    expect(world.now.clock.now() - since).toBeLessThanOrEqual(10_010)
    await world.now.accepts()
  })

  it('acknowledged heartbeats keep a quiet link', async () => {
    const { peer } = await world.now.started()
    for (let beat = 0; beat < 30; beat++) {
      await peer.receives({ type: 'heartbeat' })
      peer.sends({ type: 'heartbeat.ack' })
    }
    expect(world.now.network.dialCount).toBe(1)
  })
})

describe('tracker §3.8: the log', () => {
  it('has no tokens and no message bodies', async () => {
    const logger = recordingLogger()
    const { agent, peer } = await world.now.started({
      logger,
      onEvent: () => {
        throw new Error('broken')
      },
    })
    agent.sendChatMessage('c', 'body-of-a-message')
    peer.sends({ type: 'x', id: '1', data: 'body-of-an-event' })
    await peer.receives({ content: 'body-of-a-message' })
    await peer.receives({ type: 'nack' })
    peer.drops()
    const next = await world.now.server.peer()
    next.sends({ type: 'auth.error', message: 'no' })
    await world.now.until(() => agent.status.state === 'closed')
    expect(logger.text()).not.toContain('secret')
    expect(logger.text()).not.toContain('body-of')
  })
})
