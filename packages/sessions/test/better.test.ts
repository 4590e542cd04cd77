import { describe, expect, it } from 'vitest'
import { prompt, useWorld } from './support.ts'

const world = useWorld()

const allow = { behavior: 'allow' } as const

describe('sessions §4.1: a failed reconnection attempt', () => {
  it('counts as one attempt and does not end the retrying', async () => {
    const { session, peer } = await world.now.connected()
    peer.drops()
    for (let refused = 0; refused < 4; refused++)
      await world.now.server.refuses(refused % 2 === 0 ? { status: 503 } : {})
    await world.now.server.peer()
    await world.now.until(() => session.isConnected)
    expect(world.now.network.dialCount).toBe(6)
  })
})

describe('sessions §4.2: listeners of an abandoned socket', () => {
  it('cannot touch the state of the new one', async () => {
    const { session, peer } = await world.now.connected()
    session.reconnect()
    const next = await world.now.server.peer()
    await world.now.until(() => session.isConnected)
    peer.sends({ type: 'ghost' })
    peer.closes(4003, 'ghost')
    next.sends({ type: 'alive' })
    await world.now.clock.advance(1000)
    expect(session.isConnected).toBe(true)
    expect(world.now.got).toEqual([{ type: 'alive' }])
  })
})

describe('sessions §4.3: connect() while connected', () => {
  it('is a no-op, and two sockets never live at once', async () => {
    const { session } = await world.now.connected()
    await session.connect()
    await world.now.clock.advance(5000)
    expect(world.now.network.dialCount).toBe(1)
    expect(world.now.network.links).toHaveLength(1)
  })

  it('is a no-op while dialing too', async () => {
    const session = world.now.subscription()
    session.connect().catch(() => {})
    session.connect().catch(() => {})
    await world.now.server.peer()
    await world.now.until(() => session.isConnected)
    expect(world.now.network.dialCount).toBe(1)
  })
})

describe('sessions §4.4: backoff', () => {
  it('has jitter and a ceiling', async () => {
    const session = world.now.subscription({ missingRetries: 8, missingDelayMs: 8_000 })
    session.connect().catch(() => {})
    const at: number[] = []
    for (let dial = 0; dial < 9; dial++) {
      const peer = await world.now.server.peer()
      at.push(world.now.clock.now())
      peer.closes(4001, '')
    }
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0))
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_020)
    expect(new Set(waits.slice(3)).size).toBeGreaterThan(3)
    await world.now.until(() => session.status.state === 'closed')
  })

  it('counters refill only after a stable connection, not after a mere open', async () => {
    let { session, peer } = await world.now.connected({ retry: { maxAttempts: 5 } })
    for (let drop = 0; drop < 5; drop++) {
      peer.drops()
      peer = await world.now.server.peer()
      await world.now.until(() => session.isConnected)
    }
    peer.drops()
    await world.now.until(() => session.status.state === 'closed')
    expect(world.now.calls.at(-1)).toBe('sessions/gave_up')
  })
})

describe('sessions §4.5: sendControlRequest', () => {
  it('is a promise of the matching response', async () => {
    const { session, peer } = await world.now.connected()
    const first = session.sendControlRequest({ subtype: 'interrupt' })
    const second = session.sendControlRequest({ subtype: 'set_permission_mode', mode: 'plan' })
    const ids = [await idOf(peer), await idOf(peer)]
    peer.sends(success(ids[1], { mode: 'plan' }), success(ids[0]))
    await expect(world.now.passing(first)).resolves.toEqual({})
    await expect(world.now.passing(second)).resolves.toEqual({ mode: 'plan' })
    expect(world.now.got).toEqual([])
  })

  it('rejects when the answer is an error', async () => {
    const { session, peer } = await world.now.connected()
    const asked = session.sendControlRequest({ subtype: 'set_model', model: 'x' })
    const id = await idOf(peer)
    peer.sends({ type: 'control_response', response: { subtype: 'error', request_id: id, error: 'no such model' } })
    await expect(world.now.passing(asked)).rejects.toMatchObject({
      code: 'sessions/control_failed',
      details: { requestId: id, error: 'no such model' },
    })
  })

  it('times out, reports that to the session, and ignores the late response', async () => {
    const { session, peer } = await world.now.connected()
    const asked = session.sendControlRequest({ subtype: 'interrupt' }, { timeoutMs: 1000 })
    const id = await idOf(peer)
    await expect(world.now.passing(asked)).rejects.toMatchObject({ code: 'request/timeout' })
    await peer.receives({ type: 'control_cancel_request', request_id: id })
    peer.sends(success(id))
    await world.now.clock.advance(100)
    expect(world.now.got).toEqual([])
  })

  it('an abort rejects with its reason and sends control_cancel_request', async () => {
    const { session, peer } = await world.now.connected()
    const abort = new AbortController()
    const asked = session.sendControlRequest({ subtype: 'interrupt' }, { signal: abort.signal })
    const id = await idOf(peer)
    abort.abort(new Error('enough'))
    await expect(world.now.passing(asked)).rejects.toThrow('enough')
    await peer.receives({ type: 'control_cancel_request', request_id: id })
  })

  it('rejects on a final close', async () => {
    const { session, peer } = await world.now.connected()
    const asked = session.sendControlRequest({ subtype: 'interrupt' })
    await idOf(peer)
    peer.closes(4003, '')
    await expect(world.now.passing(asked)).rejects.toMatchObject({ code: 'delivery/in_doubt' })
  })

  it('survives a drop under the same request_id', async () => {
    const { session, peer } = await world.now.connected()
    const asked = session.sendControlRequest({ subtype: 'interrupt' })
    const id = await idOf(peer)
    peer.drops()
    const next = await world.now.server.peer()
    await next.receives({ type: 'control_request', request_id: id })
    next.sends(success(id))
    await expect(world.now.passing(asked)).resolves.toEqual({})
  })

  it('is given up at a drop where the caller says so', async () => {
    const { session, peer } = await world.now.connected()
    const asked = session.sendControlRequest({ subtype: 'interrupt' }, { onDrop: 'reject' })
    await idOf(peer)
    peer.drops()
    await expect(world.now.passing(asked)).rejects.toMatchObject({ code: 'request/dropped' })
  })

  it('is queued while disconnected, in order', async () => {
    const session = world.now.subscription()
    session.connect().catch(() => {})
    const asked = session.sendControlRequest({ subtype: 'interrupt' })
    session.send({ type: 'mine' })
    const peer = await world.now.server.peer()
    const id = await idOf(peer)
    await peer.receives({ type: 'mine' })
    peer.sends(success(id))
    await world.now.passing(asked)
  })

  it('is refused with a typed error beyond the bound, and the event delivery reports it', async () => {
    const session = world.now.subscription({ queue: { maxCount: 2 } })
    const asked = [1, 2, 3].map(() => session.sendControlRequest({ subtype: 'interrupt' }))
    await expect(world.now.passing(asked[2] ?? Promise.resolve({}))).rejects.toMatchObject({
      code: 'delivery/overflow',
    })
    expect(world.now.calls).toEqual(['delivery overflow'])
    for (const one of asked) one.catch(() => {})
    await world.now.clock.advance(40_000)
  })

  it('a permission answer survives a drop', async () => {
    const { session, peer } = await world.now.connected()
    peer.sends(prompt('p1'))
    await world.now.until(() => world.now.got.length === 1)
    peer.drops()
    const delivery = session.sendControlResponse({ subtype: 'success', request_id: 'p1', response: allow })
    const next = await world.now.server.peer()
    await next.receives(answer('p1'))
    await world.now.passing(delivery)
  })

  it('a permission answer that was written but lost with the link is sent again', async () => {
    const { session, peer } = await world.now.connected()
    session.handlePermissions(() => allow)
    peer.sends(prompt('p1'))
    await peer.receives(answer('p1'))
    peer.drops()
    const next = await world.now.server.peer()
    await next.receives(answer('p1'))
  })

  it('and again when the session asks again after that, as it does when it was restarted', async () => {
    let handled = 0
    const { session, peer } = await world.now.connected()
    session.handlePermissions(() => {
      handled += 1
      return allow
    })
    peer.sends(prompt('p1'))
    await peer.receives(answer('p1'))
    peer.drops()
    const next = await world.now.server.peer()
    await next.receives(answer('p1'))
    next.sends(prompt('p1'))
    await next.receives(answer('p1'))
    expect(handled).toBe(1)
  })

  it('and again where the transport has no pings to prove that it arrived', async () => {
    const transport = world.now.network.transportFor({ traits: { ping: false } })
    const { session, peer } = await world.now.connected({ transport })
    session.handlePermissions(() => allow)
    peer.sends(prompt('p1'))
    await peer.receives(answer('p1'))
    peer.drops()
    const next = await world.now.server.peer()
    await next.receives(answer('p1'))
    await next.receivesNothing(1000)
  })
})

describe('sessions §4.6: an incoming control_request', () => {
  it('is answered by what the handler promises', async () => {
    const { session, peer } = await world.now.connected()
    session.handlePermissions(async (request) => ({ ...allow, updatedInput: { ...request.input, safe: true } }))
    peer.sends(prompt('p1'))
    await peer.receives({
      type: 'control_response',
      response: { subtype: 'success', request_id: 'p1', response: { behavior: 'allow', updatedInput: { safe: true } } },
    })
    expect(world.now.got).toEqual([])
  })

  it('a throw becomes an error, and is reported', async () => {
    const { session, peer } = await world.now.connected()
    session.handle('*', () => {
      throw new Error('not today')
    })
    peer.sends(prompt('p1'))
    await peer.receives({
      type: 'control_response',
      response: { subtype: 'error', request_id: 'p1', error: 'not today' },
    })
    expect(world.now.calls).toContain('error sessions/callback_failed')
  })

  it('a cancel aborts the signal, and the answer that comes after it is not sent', async () => {
    const { session, peer } = await world.now.connected()
    let aborted = false
    session.handlePermissions(
      (_request, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted = true
            resolve(allow)
          })
        }),
    )
    peer.sends(prompt('p1'))
    await world.now.clock.advance(10)
    peer.sends({ type: 'control_cancel_request', request_id: 'p1' })
    await peer.receivesNothing(1000)
    expect(aborted).toBe(true)
  })

  it('is handled once, however often it comes', async () => {
    const { session, peer } = await world.now.connected()
    let handled = 0
    session.handlePermissions(async () => {
      handled += 1
      return allow
    })
    peer.sends(prompt('p1'), prompt('p1'))
    await peer.receives(answer('p1'))
    await world.now.clock.advance(20_000)
    peer.sends(prompt('p1'))
    await peer.receives(answer('p1'))
    expect(handled).toBe(1)
  })

  it('goes to the application where no handler is registered, and after its undo', async () => {
    const { session, peer } = await world.now.connected()
    const undo = session.handlePermissions(() => allow)
    undo()
    peer.sends(prompt('p1'))
    await world.now.clock.advance(10)
    expect(world.now.got).toEqual([prompt('p1')])
  })

  it('a prompt that is not complete is answered with an error', async () => {
    const { session, peer } = await world.now.connected()
    session.handlePermissions(() => allow)
    peer.sends({ type: 'control_request', request_id: 'p1', request: { subtype: 'can_use_tool' } })
    await peer.receives({ type: 'control_response', response: { subtype: 'error', request_id: 'p1' } })
  })

  it('a close aborts what runs', async () => {
    const { session, peer } = await world.now.connected()
    let reason: unknown
    session.handlePermissions(
      (_request, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason
            reject(signal.reason)
          })
        }),
    )
    peer.sends(prompt('p1'))
    await world.now.clock.advance(10)
    await world.now.passing(session.close())
    expect(reason).toMatchObject({ name: 'AbortError' })
  })

  it('sixteen handlers run at once, a hundred requests wait for them, and more are refused with an error', async () => {
    const { session, peer } = await world.now.connected()
    const finish: (() => void)[] = []
    session.handlePermissions(() => new Promise((resolve) => finish.push(() => resolve(allow))))
    for (let n = 0; n <= 116; n++) peer.sends(prompt(`p${n}`))
    await peer.receives({ type: 'control_response', response: { subtype: 'error', request_id: 'p116' } })
    expect(finish).toHaveLength(16)
    for (let n = 0; n < 116; n++) {
      finish[n]?.()
      await peer.receives(answer(`p${n}`))
    }
  })

  it('that was cancelled while it waited for a handler to be free is not handled', async () => {
    const { session, peer } = await world.now.connected()
    const asked: string[] = []
    const finish: (() => void)[] = []
    session.handlePermissions((_request, { requestId }) => {
      asked.push(requestId)
      return new Promise((resolve) => finish.push(() => resolve(allow)))
    })
    for (let n = 0; n < 18; n++) peer.sends(prompt(`p${n}`))
    peer.sends({ type: 'control_cancel_request', request_id: 'p16' })
    await world.now.clock.advance(10)
    for (const one of finish) one()
    await world.now.clock.advance(10)
    expect(asked.slice(15)).toEqual(['p15', 'p17'])
  })

  it('never waits behind a message that is being handled', async () => {
    const { session, peer } = await world.now.connected({ onMessage: () => new Promise(() => {}) })
    session.handlePermissions(() => allow)
    peer.sends({ type: 'assistant', uuid: 'u1' }, prompt('p1'))
    await peer.receives(answer('p1'))
  })

  it.each([0, 50, 500])('is offered to a handler that registers %i ms late', async (lateMs) => {
    const { session, peer } = await world.now.connected({ onMessage: undefined })
    peer.sends(prompt('p1'), prompt('p2'), { type: 'control_cancel_request', request_id: 'p1' })
    await world.now.clock.advance(10 + lateMs)
    session.handlePermissions(() => allow)
    await peer.receives(answer('p2'))
    expect(peer.unread).toEqual([])
  })

  it('that the application answered itself is not offered', async () => {
    const { session, peer } = await world.now.connected()
    peer.sends(prompt('p1'))
    await world.now.clock.advance(10)
    session.sendControlResponse({ subtype: 'success', request_id: 'p1', response: allow })
    await peer.receives(answer('p1'))
    let handled = 0
    session.handlePermissions(() => {
      handled += 1
      return allow
    })
    await world.now.clock.advance(10)
    expect(handled).toBe(0)
  })
})

describe('sessions: messages before the first reader', () => {
  const numbered = (count: number) =>
    Array.from({ length: count }, (_, n) => ({
      type: 'assistant',
      uuid: `00000000-0000-8000-8000-${`${n + 1}`.padStart(12, '0')}`,
    }))

  it.each([0, 50, 500])('wait for a loop that begins %i ms late, and the position waits with them', async (lateMs) => {
    const { session, peer } = await world.now.connected({ onMessage: undefined })
    peer.sends(...numbered(20))
    await world.now.clock.advance(10 + lateMs)
    expect(session.position).toBeUndefined()
    peer.drops()
    const again = await world.now.server.peer()
    expect(again.request.url).toContain(`after=${numbered(20)[19]?.uuid}`)
    await world.now.until(() => session.isConnected)
    const read: unknown[] = []
    void (async () => {
      for await (const message of session) read.push(message)
    })()
    await world.now.clock.advance(10)
    expect(read).toEqual(numbered(20))
    expect(session.position).toBe(numbered(20)[19]?.uuid)
  })

  it('a rejected callback is reported, and harms nothing', async () => {
    const fails = async (): Promise<void> => {
      throw new Error('no')
    }
    const { peer } = await world.now.connected({
      onMessage: fails,
      onStatus: ({ status }) => (status.state === 'open' ? fails() : undefined),
    })
    peer.sends({ type: 'assistant', uuid: 'u1' })
    await world.now.clock.advance(10)
    expect(world.now.calls).toEqual(['error sessions/callback_failed', 'error sessions/callback_failed'])
  })
})

describe('sessions §4.7: replays', () => {
  it('are deduplicated by uuid across reconnects', async () => {
    const { session, peer } = await world.now.connected()
    peer.sends({ type: 'assistant', uuid: 'u1' }, { type: 'assistant', uuid: 'u2' }, { type: 'stream_event' })
    await world.now.until(() => world.now.got.length === 3)
    peer.drops()
    const next = await world.now.server.peer()
    next.sends({ type: 'assistant', uuid: 'u1' }, { type: 'assistant', uuid: 'u2' }, { type: 'assistant', uuid: 'u3' })
    next.sends({ type: 'stream_event' })
    await world.now.clock.advance(100)
    expect(world.now.got.map((message) => Object(message).uuid)).toEqual(['u1', 'u2', undefined, 'u3', undefined])
    expect(session.duplicates).toBe(2)
  })

  it('continue after the position that the uuids name, where they name one', async () => {
    const uuid = '00000000-0000-8000-8000-000000000007'
    const { session, peer } = await world.now.connected()
    peer.sends({ type: 'assistant', uuid })
    await world.now.until(() => world.now.got.length === 1)
    expect(session.position).toBe(uuid)
    peer.drops()
    const next = await world.now.server.peer()
    expect(next.request.url).toContain(`after=${uuid}`)
    const items = session.items()
    next.sends({ type: 'replay_gap', reason: 'retention' }, { type: 'after' })
    await expect(world.now.passing(items.next())).resolves.toMatchObject({ value: { type: 'gap' } })
    await expect(world.now.passing(items.next())).resolves.toMatchObject({ value: { message: { type: 'after' } } })
  })

  it('remember a bounded number of uuids', async () => {
    const { session, peer } = await world.now.connected({ maxRememberedIds: 10 })
    for (let n = 0; n < 100; n++) peer.sends({ type: 'a', uuid: `u${n}` })
    peer.sends({ type: 'a', uuid: 'u99' }, { type: 'a', uuid: 'u0' })
    await world.now.clock.advance(100)
    expect(world.now.got).toHaveLength(101)
    expect(session.duplicates).toBe(1)
  })
})

describe('sessions §4.8: half-open sockets', () => {
  it('a ping without a pong within the timeout ends the connection', async () => {
    const { session } = await world.now.connected()
    await world.now.clock.advance(1000)
    world.now.network.blackHole()
    const start = world.now.clock.now()
    await world.now.until(() => !session.isConnected)
    expect(world.now.clock.now() - start).toBeLessThanOrEqual(40_000)
    world.now.network.heal('reset')
    await world.now.server.peer()
    await world.now.until(() => session.isConnected)
  })

  it('also while messages go on coming in', async () => {
    const { session, peer } = await world.now.connected()
    await world.now.clock.advance(1_000)
    world.now.network.blackHole('toServer')
    const start = world.now.clock.now()
    while (session.isConnected && world.now.clock.now() - start < 300_000) {
      peer.sends({ type: 'tick' })
      await world.now.clock.advance(1_000)
    }
    expect(world.now.got.length).toBeGreaterThan(0)
    expect(world.now.clock.now() - start).toBeLessThanOrEqual(40_000)
    world.now.network.heal('reset')
    await world.now.server.peer()
    await world.now.until(() => session.isConnected)
  })

  it('a ping is sent every 30 s, and a healthy quiet link lives on', async () => {
    const { session } = await world.now.connected()
    await world.now.clock.advance(3_600_000)
    expect(session.isConnected).toBe(true)
    expect(world.now.network.dialCount).toBe(1)
  })

  it('where the transport has no pings, inbound silence is bounded, and does not use the retries up', async () => {
    const transport = world.now.network.transportFor({ traits: { ping: false } })
    const { session } = await world.now.connected({ transport, retry: { maxAttempts: 5 } })
    for (let round = 0; round < 12; round++) {
      await world.now.clock.advance(119_000)
      expect(world.now.network.dialCount).toBe(round + 1)
      await world.now.server.peer()
      await world.now.until(() => session.isConnected)
    }
  })
})

it('a keep_alive keeps the link, and is not for the application', async () => {
  const transport = world.now.network.transportFor({ traits: { ping: false, requestHeaders: false } })
  const { session, peer } = await world.now.connected({ transport })
  for (let round = 0; round < 10; round++) {
    await world.now.clock.advance(100_000)
    peer.sends({ type: 'keep_alive' })
  }
  await world.now.clock.advance(100)
  expect([world.now.got, world.now.network.dialCount]).toEqual([[], 1])
  expect(session.isConnected).toBe(true)
})

describe('sessions §4.9: the async iterator', () => {
  it('yields messages across a drop and ends with close()', async () => {
    const { session, peer } = await world.now.connected()
    const read: unknown[] = []
    const reading = (async () => {
      for await (const message of session) read.push(message)
    })()
    peer.sends({ type: 'a', uuid: '1' })
    await world.now.clock.advance(10)
    peer.drops()
    ;(await world.now.server.peer()).sends({ type: 'a', uuid: '1' }, { type: 'b', uuid: '2' })
    await world.now.clock.advance(10)
    await world.now.passing(session.close())
    await reading
    expect(read).toEqual([
      { type: 'a', uuid: '1' },
      { type: 'b', uuid: '2' },
    ])
  })

  it('throws the final error', async () => {
    const { session, peer } = await world.now.connected()
    const next = session.messages().next()
    peer.closes(4003, '')
    await expect(world.now.passing(next)).rejects.toMatchObject({ code: 'sessions/unauthorized' })
  })

  it('keeps memory bounded without a reader: the network is slowed', async () => {
    const { session, peer } = await world.now.connected({ onMessage: undefined })
    const inbox = session.messages({ maxCount: 100 })
    for (let n = 0; n < 5000; n++) peer.sends({ type: 'a', n, pad: 'x'.repeat(100) })
    await world.now.clock.advance(1000)
    expect(inbox.count).toBeLessThanOrEqual(200)
    const read: unknown[] = []
    for (let n = 0; n < 5000; n++) read.push((await world.now.passing(inbox.next())).value)
    expect(read.map((message) => Object(message).n)).toEqual(Array.from({ length: 5000 }, (_, n) => n))
    await inbox.return()
  })

  it('break lets go at once', async () => {
    const { session, peer } = await world.now.connected()
    peer.sends({ type: 'a' }, { type: 'b' })
    const reading = (async () => {
      for await (const message of session) return message
      return undefined
    })()
    await expect(world.now.passing(reading)).resolves.toEqual({ type: 'a' })
  })
})

type Peer = Awaited<ReturnType<typeof world.now.server.peer>>

async function idOf(peer: Peer): Promise<string> {
  const message = Object(await peer.receives({ type: 'control_request' }))
  return String(message.request_id)
}

function success(id: string | undefined, response?: object): object {
  return { type: 'control_response', response: { subtype: 'success', request_id: id, response } }
}

function answer(id: string) {
  return { type: 'control_response', response: { subtype: 'success', request_id: id, response: allow } }
}
