import { setTimeout as pause } from 'node:timers/promises'
import type { NewEvent } from '@holdfast/log'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type NatsServers, startNats } from '../../../scripts/nats-processes.ts'
import { mayGoWithout, natsServerProgram } from '../../../scripts/nats-server.ts'
import { type NatsLog, type NatsLogOptions, natsLog } from '../src/index.ts'
import { FaultWriters } from './fault-writers.ts'

const missing = mayGoWithout(natsServerProgram())
const FREE = { id: 'p', fence: 0 }
const POLL = { timeout: 15_000, interval: 20 }
let ids = 0
const event = (payload: unknown = null): NewEvent => ({ id: `e${++ids}`, kind: 'k', at: 0, payload })

describe.skipIf(missing !== undefined)(missing ?? 'one store', () => {
  let servers: NatsServers
  let stores = 0
  const logs: NatsLog[] = []
  beforeAll(async () => {
    servers = await startNats()
  })
  afterEach(async () => {
    await Promise.all(logs.splice(0).map((log) => log.close()))
  })
  afterAll(() => servers?.stop())

  async function gateways(count: number, options: Partial<NatsLogOptions> = {}): Promise<readonly NatsLog[]> {
    const prefix = `t${++stores}`
    const opened = Array.from({ length: count }, () =>
      natsLog({ servers: servers.urls, prefix, shards: 1, ...options }),
    )
    logs.push(...opened)
    await Promise.all(opened.map((log) => log.opened))
    return opened
  }

  async function two(options: Partial<NatsLogOptions> = {}): Promise<readonly [NatsLog, NatsLog]> {
    const [one, other] = await gateways(2, options)
    if (one === undefined || other === undefined) throw new Error('expected two logs')
    await one.createSession('s')
    return [one, other]
  }

  it('numbers what several gateways append to one session without holes', async () => {
    const [one, other] = await two()
    const writers = [new FaultWriters(one, ['s'], 4), new FaultWriters(other, ['s'], 4)] as const
    await Promise.all(writers.map((writing) => writing.more(100)))
    // Both have producers of the same name: of each number one was appended and one was a duplicate.
    await Promise.all(writers.map((writing) => writing.end()))
    for (const writing of writers) await writing.check(other)
  })

  it('a shared NATS log keeps a stale lead out, wherever it writes', async () => {
    const [one, other] = await two()
    const old = await one.lease('s', 'a', 20_000)
    await one.append('s', [event()], { producer: { id: 'a', fence: old.fence } })
    const next = await other.lease('s', 'a', 20_000)
    await other.append('s', [event()], { producer: { id: 'a', fence: next.fence } })
    const late = await one.append('s', [event()], { producer: { id: 'a', fence: old.fence } })
    expect(late).toEqual({ outcome: 'fenced', by: next.fence })
  })

  it('a gateway gets what it missed of a session that it has in memory', async () => {
    const [one, other] = await two()
    for (const log of [one, other, one]) await log.append('s', [event()], { producer: FREE })
    expect(await other.append('s', [event()], { producer: FREE, expectedHead: 2 })).toEqual({
      outcome: 'conflict',
      head: 3,
    })
    expect(await other.append('s', [event()], { producer: FREE, expectedHead: 3 })).toMatchObject({ first: 4 })
    await other.removeSession('s')
    expect(await one.append('s', [event()], { producer: FREE })).toEqual({
      outcome: 'refused',
      reason: 'unknown-session',
    })
    await other.createSession('s')
    expect(await one.append('s', [event()], { producer: FREE })).toMatchObject({ outcome: 'appended', first: 1 })
  })

  it('a shared NATS log remembers producers and keys over many records, checkpoints and a trim', async () => {
    const [one, other] = await two()
    for (let seq = 1; seq <= 1_200; seq++) {
      await one.append('s', [event()], { producer: { id: 'p', fence: 0, seq }, key: `k${seq}` })
    }
    const again = { producer: { id: 'p', fence: 0, seq: 1_200 } }
    expect(await other.append('s', [event()], again)).toEqual({ outcome: 'duplicate', first: 1_200, last: 1_200 })
    await one.putSnapshot('s', 1_200, {})
    expect(await one.trim('s', { maxEvents: 1 })).toMatchObject({ first: 1_200, last: 1_200 })
    const [third] = await gateways(0)
    expect(third).toBeUndefined()
    const fresh = natsLog({ servers: servers.urls, prefix: `t${stores - 1}` })
    logs.push(fresh)
    expect(await fresh.append('s', [event()], { producer: FREE, key: 'k7' })).toEqual({
      outcome: 'duplicate',
      first: 7,
      last: 7,
    })
    expect(await fresh.append('s', [event()], again)).toMatchObject({ outcome: 'duplicate' })
    expect(await fresh.append('s', [event()], { producer: { id: 'p', fence: 0, seq: 1_201 } })).toMatchObject({
      first: 1_201,
    })
  })

  it('a reader that is overtaken by a trim of another gateway learns what it missed', async () => {
    const [one, other] = await two({ limits: { pageEvents: 5 } })
    for (let i = 0; i < 60; i++) await one.append('s', [event()], { producer: FREE })
    const end = new AbortController()
    let next = 1
    for await (const item of other.tail('s', { after: 0, signal: end.signal })) {
      if (item.type === 'gap') {
        expect(item).toEqual({ type: 'gap', from: next, to: 55, reason: 'retention' })
        next = 56
      }
      if (item.type !== 'event') continue
      expect(item.event.n).toBe(next++)
      if (next === 61) end.abort()
      if (item.event.n !== 3) continue
      await one.putSnapshot('s', 60, {})
      await one.trim('s', { maxEvents: 5 })
    }
    expect(next).toBe(61)
  })

  it('a shared NATS log stores a record above one message in parts, and refuses a single append of that size', async () => {
    const [log] = await two()
    const appends = Array.from({ length: 10 }, () => ({
      events: [event('x'.repeat(200_000))],
      options: { producer: FREE },
    }))
    const answers = await log.appendAll('s', appends)
    expect(answers).toEqual(appends.map((_, i) => ({ outcome: 'appended', first: i + 1, last: i + 1 })))
    const large = Array.from({ length: 6 }, () => event('x'.repeat(200_000)))
    expect(await log.append('s', large, { producer: FREE })).toEqual({ outcome: 'refused', reason: 'too-large' })
    await log.putSnapshot('s', 10, { text: '雪'.repeat(1_000_000) })
    expect(await log.snapshot('s')).toEqual({ n: 10, state: { text: '雪'.repeat(1_000_000) } })
  })

  it('a shared NATS log takes session ids that no subject can have', async () => {
    const [log, other] = await two()
    for (const id of ['a.b', '>', ' ', 'ü'.repeat(512)]) {
      await log.createSession(id)
      await log.append(id, [event(id)], { producer: FREE })
      expect((await other.read(id, { after: 0 })).events).toMatchObject([{ n: 1, payload: id }])
    }
    expect((await other.listSessions()).sessions).toHaveLength(5)
  })

  it('a NATS log answers unavailable while there is no room, says why, and goes on when there is', async () => {
    await using small = await startNats({ maxStoreBytes: 3_000_000 })
    const log = natsLog({ servers: small.urls, shards: 1 })
    logs.push(log)
    for (const session of ['s', 'ballast']) await log.createSession(session)
    const append = (session: string) => log.append(session, [event('x'.repeat(200_000))], { producer: FREE })
    await expect.poll(() => append('ballast'), POLL).toMatchObject({ outcome: 'unavailable' })
    const reason = expect.stringMatching(/^out of storage: /)
    expect(await append('s')).toEqual({ outcome: 'unavailable', retryAfterMs: expect.any(Number), reason })
    expect(await log.head('s')).toMatchObject({ last: 0 })
    // Reads go on, and do not set right what appends say; nor does asking again.
    for (let look = 0; look < 30; look++) {
      expect(log.health()).toEqual({ ok: false, reason, failing: { append: reason } })
      await log.read('s', { after: 0 })
      await pause(100)
    }
    await log.removeSession('ballast')
    // It finds out by itself.
    await expect.poll(() => log.health(), POLL).toEqual({ ok: true })
    expect(await append('s')).toMatchObject({ outcome: 'appended', first: 1 })
  })

  it('a NATS log names a full server also where only another gateway learned of it', async () => {
    const [told, other] = await gateways(2)
    if (told === undefined || other === undefined) throw new Error('expected two logs')
    await other.createSession('s')
    const { connect } = await import('@nats-io/transport-node')
    const nc = await connect({ servers: [...servers.urls] })
    // The stream is gone: nobody answers for it, as for one whose leader has no room.
    const reason = 'out of storage: insufficient resources'
    const { jetstreamManager } = await import('@nats-io/jetstream')
    const manager = await jetstreamManager(nc)
    await manager.streams.delete(`t${stores}_ev_0`)
    const repeated = setInterval(() => nc.publish(`t${stores}.full`, reason), 200)
    const answer = await other.append('s', [event()], { producer: FREE })
    clearInterval(repeated)
    await nc.close()
    expect(answer).toMatchObject({ outcome: 'unavailable', reason })
    expect(other.health()).toMatchObject({ ok: false, reason })
    expect(told.health()).toEqual({ ok: true })
  })

  it('a NATS log answers unavailable when more waits than may', async () => {
    const [log] = await two({ limits: { maxQueuedBytes: 100_000 } })
    const append = () => log.append('s', [event('x'.repeat(10_000))], { producer: FREE })
    const results = await Promise.all(Array.from({ length: 20 }, append))
    expect(results.filter(({ outcome }) => outcome === 'appended')).toHaveLength(9)
    expect(results.filter(({ outcome }) => outcome === 'unavailable')).toHaveLength(11)
    expect(await append()).toMatchObject({ outcome: 'appended', first: 10 })
  })
})
