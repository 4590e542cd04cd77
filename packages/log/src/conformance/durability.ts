import { describe, expect, it } from 'vitest'
import type { SessionLogSuite } from './kit.ts'
import { FREE, type Kit, numbers, range, readAll, takeUntil } from './kit.ts'

/** What must be the same after the log was opened again, by whatever means. */
export function durabilityTests(kit: Kit, name: string, again: NonNullable<SessionLogSuite['reopen']>): void {
  describe(name, () => {
    it('keeps every acknowledged event, epoch, event hash and description', async () => {
      const log = await kit.open()
      await log.createSession('s', { label: 'kept', tags: ['t'], data: { a: 1 } })
      await log.append('s', kit.events(5, { text: '雪' }), { producer: FREE })
      await log.putSnapshot('s', 3, { folded: true })
      await log.trim('s', { maxEvents: 4 })
      const before = { head: await log.head('s'), events: await readAll(log, 's', 1), all: await log.listSessions() }
      const after = await kit.reopen(log, again)
      expect(await after.head('s')).toEqual(before.head)
      expect(await readAll(after, 's', 1)).toEqual(before.events)
      expect(await after.listSessions()).toEqual(before.all)
      expect(await after.snapshot('s')).toEqual({ n: 3, state: { folded: true } })
      expect(await kit.append(after)).toMatchObject({ first: 6 })
    })

    it('remembers producers, keys, fences and leases', async () => {
      const log = await kit.openSession()
      const { fence } = await log.lease('s', 'a', 10_000)
      await kit.append(log, 2, { producer: { id: 'a', fence, seq: 1 } })
      await kit.append(log, 1, { key: 'k' })
      const after = await kit.reopen(log, again)
      expect(await kit.append(after, 2, { producer: { id: 'a', fence, seq: 1 } })).toEqual({
        outcome: 'duplicate',
        first: 1,
        last: 2,
      })
      expect(await kit.append(after, 1, { key: 'k' })).toEqual({ outcome: 'duplicate', first: 3, last: 3 })
      expect(await after.lease('s', 'b', 1000)).toMatchObject({ outcome: 'held', holder: 'a' })
      await kit.lapse(10_000)
      const next = await after.lease('s', 'b', 1000)
      expect(next.fence).toBeGreaterThan(fence)
      await kit.append(after, 1, { producer: { id: 'b', fence: next.fence } })
      expect(await kit.append(after, 1, { producer: { id: 'a', fence, seq: 2 } })).toMatchObject({ outcome: 'fenced' })
    })

    it('remembers senders', async () => {
      const log = await kit.openSession()
      await kit.append(log, 1, { sender: { id: 'a', n: 1, done: 0 } })
      await kit.append(log, 3)
      await kit.append(log, 2, { sender: { id: 'a', n: 4, done: 0 } })
      const after = await kit.reopen(log, again)
      const send = (n: number) => kit.append(after, 1, { sender: { id: 'a', n, done: 0 } })
      expect(await send(1)).toEqual({ outcome: 'duplicate', first: 1, last: 1 })
      expect(await send(4)).toEqual({ outcome: 'duplicate', first: 5, last: 6 })
      expect(await send(3)).toEqual({ outcome: 'refused', reason: 'passed-over' })
      const { state, release } = await after.attachSender('s', 'a')
      expect(state).toEqual({ highest: 4, first: 5, last: 6 })
      release()
      expect(await send(5)).toMatchObject({ outcome: 'appended', first: 7 })
    })

    it('keeps out a fence that was overtaken before', async () => {
      const log = await kit.openSession()
      const old = await log.lease('s', 'a', 10_000)
      const next = await log.lease('s', 'a', 10_000)
      await kit.append(log, 1, { producer: { id: 'a', fence: next.fence } })
      await kit.append(log, 1)
      const after = await kit.reopen(log, again)
      const late = { producer: { id: 'a', fence: old.fence } }
      expect(await kit.append(after, 1, late)).toEqual({ outcome: 'fenced', by: next.fence })
    })

    it('serves tails from before', async () => {
      const log = await kit.openSession()
      await kit.append(log, 600)
      const after = await kit.reopen(log, again)
      void kit.append(after, 5)
      const items = await takeUntil(after, (item) => item.type === 'event' && item.event.n === 605)
      expect(items.flatMap((item) => (item.type === 'event' ? [item.event.n] : []))).toEqual(range(1, 605))
    })

    it('does not bring removed sessions back', async () => {
      const log = await kit.openSession()
      await kit.append(log, 5)
      await log.removeSession('s')
      const after = await kit.reopen(log, again)
      expect(await after.findSession('s')).toBeNull()
      await after.createSession('s')
      await kit.append(after, 2)
      expect(numbers(await readAll(after))).toEqual([1, 2])
    })
  })
}
