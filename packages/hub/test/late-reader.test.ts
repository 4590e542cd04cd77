import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HubClient } from '../src/index.ts'
import { broadcast, Fixture } from './fixture.ts'

let hub: Fixture
beforeEach(() => {
  hub = new Fixture()
})
afterEach(() => hub.ends())

const numbered = (count: number) => Array.from({ length: count }, (_, n) => ({ ...broadcast(n + 1), seq: n + 1 }))

function reading(client: HubClient): unknown[] {
  const read: unknown[] = []
  void (async () => {
    for await (const message of client) read.push('seq' in message ? message.seq : message)
  })().catch(() => {})
  return read
}

const upTo = (count: number, from = 1) => Array.from({ length: count }, (_, n) => from + n)

describe('events before the first reader', () => {
  it.each([0, 50, 500])('wait for a loop that begins %i ms late, without the resume extension', async (lateMs) => {
    const client = hub.client({ onMessage: undefined })
    void client.connect()
    const peer = await hub.accepts()
    for (let n = 1; n <= 20; n += 1) peer.sends(broadcast(n))
    await hub.clock.advance(lateMs)
    const read: unknown[] = []
    void (async () => {
      for await (const message of client) read.push('data' in message ? message.data : message)
    })().catch(() => {})
    await hub.clock.advance(50)
    expect(read).toEqual(upTo(20).map((n) => ({ n })))
  })

  it.each([0, 50, 500])('wait for one %i ms late with it, and the position and the acks wait too', async (lateMs) => {
    const client = hub.client({ onMessage: undefined })
    void client.connect()
    const peer = await hub.accepts({}, {})
    peer.sends(...numbered(20))
    await hub.clock.advance(lateMs)
    expect(client.position).toBe('e1.0.')
    const read = reading(client)
    await hub.clock.advance(1_500)
    expect(read).toEqual(upTo(20))
    expect(client.position).toBe('e1.20.')
    await peer.receives({ type: 'ping' })
    await peer.receives({ type: 'ack', seq: 20 })
  })

  it('give way beyond a thousand: a gap comes first, and position and acks move on', async () => {
    const client = hub.client({ onMessage: undefined })
    void client.connect()
    const peer = await hub.accepts({}, {})
    peer.sends(...numbered(1_500))
    await hub.clock.advance(1_500)
    expect([client.position, client.metrics.gaps]).toEqual(['e1.500.', 1])
    const acks = peer.unread.map((frame) => Object(JSON.parse(String(frame))).seq)
    expect(acks.at(-1)).toBe(500)
    const read = reading(client)
    await hub.clock.advance(50)
    expect(read).toEqual([{ type: 'gap', reason: 'overflow', count: 500 }, ...upTo(1_000, 501)])
  })

  it('hold the position of their epoch where the next one begins before they are read', async () => {
    const client = hub.client({ onMessage: undefined })
    void client.connect()
    const peer = await hub.accepts({}, {})
    peer.sends(...numbered(3))
    await hub.clock.advance(50)
    peer.drops()
    const next = await hub.accepts({}, { epoch: 'e2', seq: 0 })
    next.sends(...numbered(2))
    await hub.clock.advance(50)
    expect(client.position).toBe('e1.0.')
    const read = reading(client)
    await hub.clock.advance(50)
    expect(read.filter((one) => typeof one === 'number')).toEqual([1, 2, 3, 1, 2])
    expect(client.position).toBe('e2.2.')
  })
})

describe('what a lead is asked', () => {
  const request = (id: string) => ({ type: 'command', id, name: 'run', args: '' })

  it('before it has a handler is offered to one that comes later, once', async () => {
    const client = hub.client({ role: 'lead', onMessage: undefined })
    void client.connect()
    const peer = await hub.accepts()
    peer.sends(request('r1'), request('r2'))
    await hub.clock.advance(50)
    client.send({ id: 'r1', actions: [] })
    await peer.receives({ type: 'ping' })
    await peer.receives({ id: 'r1' })
    const asked: string[] = []
    client.handleRequests(({ id }) => {
      asked.push(id)
      return [{ action: 'ACK' }]
    })
    await peer.receives({ id: 'r2', actions: [{ action: 'ACK' }] })
    expect(asked).toEqual(['r2'])
  })

  it('never waits behind a message that is being handled, and is answered sixteen at once', async () => {
    const finish: (() => void)[] = []
    const client = hub.client({
      role: 'lead',
      onMessage: () => new Promise(() => {}),
      onRequest: () => new Promise((resolve) => finish.push(() => resolve([]))),
    })
    void client.connect()
    const peer = await hub.accepts()
    peer.sends(broadcast(1), ...upTo(20).map((n) => request(`r${n}`)))
    await hub.clock.advance(50)
    expect(finish).toHaveLength(16)
    await peer.receives({ type: 'ping' })
    finish[0]?.()
    await peer.receives({ id: 'r1' })
    await hub.clock.advance(50)
    expect(finish).toHaveLength(17)
  })
})

describe('async callbacks', () => {
  it('are called for one message after the other, unless asked otherwise', async () => {
    for (const [concurrency, order] of [
      [undefined, ['begin 1', 'end 1', 'begin 2', 'end 2']],
      [Number.POSITIVE_INFINITY, ['begin 1', 'begin 2', 'end 2', 'end 1']],
    ] as const) {
      const log: string[] = []
      const client = hub.client({
        concurrency,
        onMessage: async (message) => {
          const { n } = Object('data' in message ? message.data : {})
          log.push(`begin ${n}`)
          await new Promise<void>((resolve) => void hub.clock.after(100 - 50 * n, resolve))
          log.push(`end ${n}`)
        },
      })
      void client.connect()
      const peer = await hub.accepts()
      peer.sends(broadcast(1), broadcast(2))
      await hub.clock.advance(500)
      expect(log).toEqual(order)
      void client.close({ flushMs: 0 })
    }
  })

  it('report what they reject with', async () => {
    const fails = async (): Promise<never> => {
      throw new Error('no')
    }
    const client = hub.client({
      onInit: fails,
      onStatus: fails,
      onMessage: fails,
      onHydration: fails,
      onDelivery: fails,
      onGap: fails,
      onProblem: async (problem) => {
        hub.errors.push(problem)
        throw new Error('no')
      },
    })
    void client.connect()
    const peer = await hub.accepts()
    peer.sends(broadcast(1))
    await hub.clock.advance(50)
    peer.drops()
    await hub.accepts()
    await hub.clock.advance(50)
    const failed = hub.errors.filter(({ code }) => code === 'hub/callback_failed').map(({ message }) => message)
    const told = ['init', 'status', 'message', 'gap'].map((name) => `a listener of "${name}" threw`)
    expect(new Set(failed)).toEqual(new Set(told))
  })
})
