import { describe, expect, it } from 'vitest'
import type { Append, AppendOptions } from '../append.ts'
import { EMPTY_EVENT_HASH, eventHashOf } from '../event-hash.ts'
import { FREE, type Kit, numbers, range, readAll, takeUntil } from './kit.ts'

export function appendTests(kit: Kit): void {
  describe('append', () => {
    it('numbers events from 1 without holes', async () => {
      const log = await kit.openSession()
      expect(await log.head('s')).toMatchObject({ first: 1, last: 0, eventHash: EMPTY_EVENT_HASH, bytes: 0 })
      expect(await kit.append(log, 3)).toEqual({ outcome: 'appended', first: 1, last: 3 })
      expect(await kit.append(log, 2)).toEqual({ outcome: 'appended', first: 4, last: 5 })
      const events = await readAll(log)
      expect(numbers(events)).toEqual(range(1, 5))
      const head = await log.head('s')
      expect(head).toMatchObject({ first: 1, last: 5, eventHash: eventHashOf(events.at(-1)?.id ?? '') })
      expect(head.bytes).toBeGreaterThan(0)
    })

    it('gives back what was written, of any script and size', async () => {
      const log = await kit.openSession()
      const payloads = [null, 0, '', [], { a: [1, { b: null }] }, '雪 🏔️ \u0000 \u2028 "\\', 'x'.repeat(200_000)]
      const written = payloads.map((payload, i) => ({ id: `ünï-${i}`, kind: `kind/${i}`, at: 1.5 + i, payload }))
      await log.append('s', written, { producer: FREE })
      expect(await readAll(log)).toEqual(written.map((event, i) => ({ n: i + 1, ...event })))
    })

    it('keeps the order of 1,000 concurrent appends over 50 sessions', async () => {
      const log = await kit.open()
      const sessions = range(0, 49).map((i) => `s${i}`)
      await Promise.all(sessions.map((session) => log.createSession(session)))
      const results = await Promise.all(
        range(0, 999).map((i) =>
          log.append(`s${i % 50}`, [{ id: `i${i}`, kind: 'k', at: 0, payload: i }], { producer: FREE }),
        ),
      )
      for (const [i, result] of results.entries()) {
        const n = Math.floor(i / 50) + 1
        expect(result).toEqual({ outcome: 'appended', first: n, last: n })
      }
      for (const [i, session] of sessions.entries()) {
        const payloads = (await readAll(log, session)).map(({ payload }) => payload)
        expect(payloads).toEqual(range(0, 19).map((k) => k * 50 + i))
      }
    })

    it('refuses an unknown session', async () => {
      const log = await kit.open()
      expect(await kit.append(log)).toEqual({ outcome: 'refused', reason: 'unknown-session' })
    })

    it('rejects what is no event', async () => {
      const log = await kit.openSession()
      const event = { id: 'a', kind: 'k', at: 0, payload: 1 }
      for (const bad of [
        { ...event, payload: undefined },
        { ...event, payload: 1n },
        { ...event, id: '' },
        { ...event, id: 'a\0' },
        { ...event, kind: '\ud800' },
        { ...event, at: Number.NaN },
      ]) {
        await expect(log.append('s', [event, bad], { producer: FREE })).rejects.toMatchObject({ code: 'log/bad_event' })
      }
      await expect(log.append('s', [], { producer: FREE })).rejects.toMatchObject({ code: 'log/bad_request' })
      expect(await log.head('s')).toMatchObject({ last: 0 })
    })
  })

  describe('appendAll', () => {
    const one = (id: string, options: Partial<AppendOptions> = {}, payload: unknown = id): Append => ({
      events: [{ id, kind: 'k', at: 0, payload }],
      options: { producer: FREE, ...options },
    })

    it('answers each by itself, in order, and checks it after those before it', async () => {
      const log = await kit.openSession({ maxEventBytes: 1000 })
      await log.append('s', [{ id: 'k0', kind: 'k', at: 0, payload: 0 }], { producer: FREE, key: 'k0' })
      const [first, second] = [await log.lease('s', 'a', 1000), await log.lease('s', 'a', 1000)]
      const answers = await log.appendAll('s', [
        one('a'),
        one('again', { key: 'k0' }),
        one('large', {}, 'x'.repeat(1000)),
        one('b', { key: 'k1' }),
        one('twice', { key: 'k1' }),
        one('', {}),
        one('new lead', { producer: { id: 'a', fence: second.fence } }),
        one('old lead', { producer: { id: 'a', fence: first.fence } }),
        one('head', { expectedHead: 4 }),
      ])
      expect(answers).toEqual([
        { outcome: 'appended', first: 2, last: 2 },
        { outcome: 'duplicate', first: 1, last: 1 },
        { outcome: 'refused', reason: 'too-large' },
        { outcome: 'appended', first: 3, last: 3 },
        { outcome: 'duplicate', first: 3, last: 3 },
        { outcome: 'malformed', error: expect.objectContaining({ code: 'log/bad_event' }) },
        { outcome: 'appended', first: 4, last: 4 },
        { outcome: 'fenced', by: second.fence },
        { outcome: 'appended', first: 5, last: 5 },
      ])
      expect((await readAll(log)).map(({ id }) => id)).toEqual(['k0', 'a', 'b', 'new lead', 'head'])
      expect(await log.appendAll('s', [])).toEqual([])
      expect(await log.appendAll('none', [one('a')])).toEqual([{ outcome: 'refused', reason: 'unknown-session' }])
    })

    it('remembers keys and numbers that came in the same call, and forgets the oldest above the bound', async () => {
      const log = await kit.openSession({ maxKeys: 40 })
      const keyed = range(1, 50).map((i) => one(`e${i}`, { key: `k${i}`, sender: { id: 'x', n: i, done: 0 } }))
      const again = one('again', { key: 'k50' })
      const sent = one('sent', { sender: { id: 'x', n: 7, done: 0 } })
      const forgotten = one('forgotten', { key: 'k10' })
      const answers = await log.appendAll('s', [...keyed, again, sent])
      expect(answers.slice(0, 50)).toEqual(range(1, 50).map((n) => ({ outcome: 'appended', first: n, last: n })))
      expect(answers.slice(50)).toEqual([
        { outcome: 'duplicate', first: 50, last: 50 },
        { outcome: 'duplicate', first: 7, last: 7 },
      ])
      // The bound holds from call to call: within one, a log may remember more.
      expect(await log.appendAll('s', [again, sent, forgotten])).toEqual([
        { outcome: 'duplicate', first: 50, last: 50 },
        { outcome: 'duplicate', first: 7, last: 7 },
        { outcome: 'appended', first: 51, last: 51 },
      ])
      expect(await log.appendAll('s', [forgotten, one('k11', { key: 'k11' })])).toEqual([
        { outcome: 'duplicate', first: 51, last: 51 },
        { outcome: 'appended', first: 52, last: 52 },
      ])
    })

    it('writes nothing behind what the quota refused', async () => {
      const log = await kit.openSession({ maxSessionBytes: 1000 })
      const large = 'x'.repeat(900)
      const appends = [one('a', { key: 'a' }), one('large', {}, large), one('b'), one('again', { key: 'a' })]
      const quota = { outcome: 'refused', reason: 'quota' }
      expect(await log.appendAll('s', [one('0', {}, 'x'.repeat(100)), ...appends])).toEqual([
        { outcome: 'appended', first: 1, last: 1 },
        { outcome: 'appended', first: 2, last: 2 },
        quota,
        quota,
        { outcome: 'duplicate', first: 2, last: 2 },
      ])
      expect(await log.head('s')).toMatchObject({ last: 2 })
    })

    it('is told to those who follow, once and in order', async () => {
      const log = await kit.openSession()
      const following = takeUntil(log, (_item, items) => items.filter(({ type }) => type === 'event').length === 4)
      await log.appendAll('s', [one('a'), one('b', { key: 'k' })])
      await log.appendAll('s', [one('b', { key: 'k' }), one('c'), one('d')])
      const events = (await following).flatMap((item) => (item.type === 'event' ? [item.event] : []))
      expect(events).toEqual(await readAll(log))
    })
  })

  describe('expectedHead', () => {
    it('appends only at the head that is expected', async () => {
      const log = await kit.openSession()
      expect(await kit.append(log, 1, { expectedHead: 0 })).toMatchObject({ outcome: 'appended' })
      expect(await kit.append(log, 1, { expectedHead: 0 })).toEqual({ outcome: 'conflict', head: 1 })
      expect(await kit.append(log, 1, { expectedHead: 2 })).toEqual({ outcome: 'conflict', head: 1 })
      expect(await kit.append(log, 1, { expectedHead: 1 })).toMatchObject({ first: 2 })
    })

    it('lets exactly one of several concurrent writers win', async () => {
      const log = await kit.openSession()
      const results = await Promise.all(range(1, 10).map(() => kit.append(log, 1, { expectedHead: 0 })))
      expect(results.filter(({ outcome }) => outcome === 'appended')).toHaveLength(1)
      expect(results.filter(({ outcome }) => outcome === 'conflict')).toHaveLength(9)
    })
  })

  describe('producer sequence', () => {
    it('answers a repeated number as duplicate and writes nothing', async () => {
      const log = await kit.openSession()
      const producer = (seq: number) => ({ producer: { id: 'p', fence: 0, seq } })
      await kit.append(log, 2, producer(1))
      await kit.append(log, 3, producer(2))
      expect(await kit.append(log, 3, producer(2))).toEqual({ outcome: 'duplicate', first: 3, last: 5 })
      expect(await kit.append(log, 2, producer(1))).toMatchObject({ outcome: 'duplicate' })
      expect(await log.head('s')).toMatchObject({ last: 5 })
    })

    it('never takes a number whose predecessor is missing', async () => {
      const log = await kit.openSession()
      const append = (seq: number) => kit.append(log, 1, { producer: { id: 'p', fence: 0, seq } })
      expect(await append(2)).toEqual({ outcome: 'refused', reason: 'out-of-sequence', expectedSeq: 1 })
      expect(await append(1)).toMatchObject({ outcome: 'appended' })
      expect(await append(3)).toEqual({ outcome: 'refused', reason: 'out-of-sequence', expectedSeq: 2 })
      expect(await append(2)).toMatchObject({ outcome: 'appended', first: 2 })
    })

    it('counts for each producer and each fence of it', async () => {
      const log = await kit.openSession()
      const append = (id: string, fence: number) => kit.append(log, 1, { producer: { id, fence, seq: 1 } })
      expect(await append('a', 0)).toMatchObject({ outcome: 'appended' })
      expect(await append('b', 0)).toMatchObject({ outcome: 'appended' })
      const lease = await log.lease('s', 'a', 1000)
      expect(await append('a', lease.fence)).toMatchObject({ outcome: 'appended' })
      expect(await append('a', lease.fence)).toMatchObject({ outcome: 'duplicate' })
    })

    it('takes a pipelined run in order', async () => {
      const log = await kit.openSession()
      const send = () =>
        Promise.all(range(1, 50).map((seq) => kit.append(log, 1, { producer: { id: 'p', fence: 0, seq } })))
      expect((await send()).map((result) => result.outcome)).toEqual(range(1, 50).map(() => 'appended'))
      expect((await send()).map((result) => result.outcome)).toEqual(range(1, 50).map(() => 'duplicate'))
    })
  })

  describe('key', () => {
    it('answers a repeated key as duplicate, whoever appends', async () => {
      const log = await kit.openSession()
      await kit.append(log, 2, { key: 'r1' })
      expect(await kit.append(log, 2, { key: 'r1', producer: { id: 'other', fence: 0 } })).toEqual({
        outcome: 'duplicate',
        first: 1,
        last: 2,
      })
      expect(await kit.append(log, 1, { key: 'r2' })).toMatchObject({ outcome: 'appended' })
    })

    it('lets one of several concurrent appends with the same key win', async () => {
      const log = await kit.openSession()
      const results = await Promise.all(range(1, 10).map(() => kit.append(log, 1, { key: 'same' })))
      expect(results.map(({ outcome }) => outcome).sort()).toEqual(['appended', ...range(2, 10).map(() => 'duplicate')])
    })

    it('remembers keys of one session for that session only', async () => {
      const log = await kit.openSession()
      await log.createSession('t')
      await kit.append(log, 1, { key: 'k' })
      expect(await kit.append(log, 1, { key: 'k' }, 't')).toMatchObject({ outcome: 'appended' })
    })

    it('forgets the oldest key above its bound', async () => {
      const log = await kit.openSession({ maxKeys: 3 })
      for (const key of ['a', 'b', 'c', 'd']) await kit.append(log, 1, { key })
      for (const key of ['b', 'c', 'd'])
        expect(await kit.append(log, 1, { key })).toMatchObject({ outcome: 'duplicate' })
      expect(await kit.append(log, 1, { key: 'a' })).toMatchObject({ outcome: 'appended' })
    })

    it('does not let one scope push out the keys of another', async () => {
      const log = await kit.openSession({ maxKeys: 3 })
      await kit.append(log, 1, { key: 'k', keyScope: 'quiet' })
      await kit.append(log, 1, { key: 'free' })
      for (const i of range(1, 600)) await kit.append(log, 1, { key: `k${i}`, keyScope: 'busy' })
      for (const keyScope of ['quiet', 'busy', undefined]) {
        const answer = await kit.append(log, 1, { key: 'k', keyScope })
        expect(answer).toEqual({ outcome: 'duplicate', first: 1, last: 1 })
      }
      expect(await kit.append(log, 1, { key: 'free' })).toMatchObject({ outcome: 'duplicate', first: 2 })
      expect(await kit.append(log, 1, { key: 'k600', keyScope: 'busy' })).toMatchObject({ outcome: 'duplicate' })
      expect(await kit.append(log, 1, { key: 'k597', keyScope: 'busy' })).toMatchObject({ outcome: 'appended' })
    })

    it('forgets keys at their age', async () => {
      const log = await kit.openSession({ keyAgeMs: 1000 })
      await kit.append(log, 1, { key: 'a' })
      await kit.lapse(999)
      expect(await kit.append(log, 1, { key: 'a' })).toMatchObject({ outcome: 'duplicate' })
      await kit.lapse(1)
      expect(await kit.append(log, 1, { key: 'a' })).toMatchObject({ outcome: 'appended' })
    })
  })

  describe('bounds', () => {
    it('refuses events and appends that are too large, and writes none of them', async () => {
      const log = await kit.openSession({ maxEventBytes: 1000, maxAppendBytes: 2000, maxAppendEvents: 5 })
      const big = kit.events(1, 'x'.repeat(1000))
      const refused = { outcome: 'refused', reason: 'too-large' }
      expect(await log.append('s', [...kit.events(1), ...big], { producer: FREE })).toEqual(refused)
      expect(await log.append('s', kit.events(3, 'x'.repeat(900)), { producer: FREE })).toEqual(refused)
      expect(await kit.append(log, 6)).toEqual(refused)
      expect(await log.append('s', kit.events(2, 'x'.repeat(900)), { producer: FREE })).toMatchObject({ last: 2 })
    })

    it('refuses above the quota until the session is trimmed', async () => {
      const log = await kit.openSession({ maxSessionEvents: 5 })
      await kit.append(log, 4)
      expect(await kit.append(log, 2)).toEqual({ outcome: 'refused', reason: 'quota' })
      expect(await kit.append(log, 1)).toMatchObject({ last: 5 })
      await log.putSnapshot('s', 4, {})
      await log.trim('s', { maxEvents: 2 })
      expect(await kit.append(log, 2)).toMatchObject({ outcome: 'appended', first: 6 })
    })

    it('counts the bytes of a session', async () => {
      const log = await kit.openSession({ maxSessionBytes: 5000 })
      const append = () => log.append('s', kit.events(1, 'x'.repeat(2000)), { producer: FREE })
      await append()
      await append()
      expect(await append()).toEqual({ outcome: 'refused', reason: 'quota' })
    })
  })
}
