import { describe, expect, it } from 'vitest'
import { eventHashOf } from '../event-hash.ts'
import { FREE, type Kit, numbers, range, readAll } from './kit.ts'

export function readingTests(kit: Kit): void {
  describe('read', () => {
    it('gives pages of at most `limit` events', async () => {
      const log = await kit.openSession()
      await kit.append(log, 10)
      expect(numbers((await log.read('s', { after: 0, limit: 4 })).events)).toEqual(range(1, 4))
      expect(numbers((await log.read('s', { after: 8, limit: 4 })).events)).toEqual([9, 10])
      const end = await log.read('s', { after: 10, limit: 4 })
      expect(end).toMatchObject({ events: [], first: 1, last: 10 })
      expect(end.gap).toBeUndefined()
    })

    it('gives pages of at most `maxBytes`, and one event at least', async () => {
      const log = await kit.openSession()
      await log.append('s', kit.events(5, 'x'.repeat(1000)), { producer: FREE })
      expect(numbers((await log.read('s', { after: 0, maxBytes: 2500 })).events)).toEqual([1, 2])
      expect(numbers((await log.read('s', { after: 2, maxBytes: 10 })).events)).toEqual([3])
    })

    it('never gives more than its own bounds', async () => {
      const log = await kit.openSession({ pageEvents: 3, pageBytes: 10_000 })
      await kit.append(log, 5)
      expect((await log.read('s', { after: 0, limit: 1000 })).events).toHaveLength(3)
      expect((await log.read('s', { after: 0 })).events).toHaveLength(3)
      expect(await readAll(log)).toHaveLength(5)
    })

    it('tells what was trimmed, and goes on behind it', async () => {
      const log = await kit.openSession()
      await kit.append(log, 10)
      await log.putSnapshot('s', 8, {})
      await log.trim('s', { maxEvents: 4 })
      const page = await log.read('s', { after: 2 })
      expect(page.gap).toEqual({ type: 'gap', from: 3, to: 6, reason: 'retention' })
      expect(numbers(page.events)).toEqual(range(7, 10))
      expect((await log.read('s', { after: 6 })).gap).toBeUndefined()
    })

    it('finds out positions of another log by epoch, number and event hash', async () => {
      const log = await kit.openSession()
      await kit.append(log, 5)
      const [, , third] = await readAll(log)
      const { epoch } = await log.head('s')
      const eventHash = eventHashOf(third?.id ?? '')
      expect(numbers((await log.read('s', { after: 3, eventHash, epoch })).events)).toEqual([4, 5])
      const lost = { type: 'gap', from: 1, to: 5 }
      for (const [from, reason] of [
        [{ after: 3, eventHash: eventHashOf('another') }, 'rollback'],
        [{ after: 6 }, 'rollback'],
        [{ after: 3, eventHash, epoch: 'another' }, 'epoch'],
      ] as const) {
        expect(await log.read('s', from)).toMatchObject({ events: [], gap: { ...lost, reason } })
      }
    })

    it('knows the hash of the event before the first one', async () => {
      const log = await kit.openSession()
      await kit.append(log, 5)
      const [, second] = await readAll(log)
      await log.putSnapshot('s', 3, {})
      await log.trim('s', { maxEvents: 1 })
      const right = await log.read('s', { after: 2, eventHash: eventHashOf(second?.id ?? '') })
      expect(right.gap).toBeUndefined()
      expect(numbers(right.events)).toEqual([3, 4, 5])
      expect((await log.read('s', { after: 2, eventHash: eventHashOf('another') })).gap).toMatchObject({
        reason: 'rollback',
      })
    })

    it('rejects an unknown session and senseless bounds', async () => {
      const log = await kit.openSession()
      await expect(log.read('none', { after: 0 })).rejects.toMatchObject({ code: 'log/unknown_session' })
      await expect(log.head('none')).rejects.toMatchObject({ code: 'log/unknown_session' })
      await expect(log.read('s', { after: -1 })).rejects.toMatchObject({ code: 'log/bad_request' })
      await expect(log.read('s', { after: 0, limit: 0 })).rejects.toMatchObject({ code: 'log/bad_request' })
    })
  })

  describe('snapshot and trim', () => {
    it('keeps the latest snapshot, never one ahead of the head', async () => {
      const log = await kit.openSession()
      await kit.append(log, 5)
      expect(await log.snapshot('s')).toBeNull()
      await expect(log.putSnapshot('s', 6, {})).rejects.toMatchObject({ code: 'log/bad_request' })
      expect(await log.putSnapshot('s', 3, { text: 'ü' })).toBe(true)
      expect(await log.putSnapshot('s', 3, { text: 'again' })).toBe(false)
      expect(await log.putSnapshot('s', 2, { text: 'older' })).toBe(false)
      expect(await log.snapshot('s')).toEqual({ n: 3, state: { text: 'ü' } })
      expect(await log.putSnapshot('s', 5, [1])).toBe(true)
      expect(await log.snapshot('s')).toEqual({ n: 5, state: [1] })
    })

    it('rejects a snapshot that is too large', async () => {
      const log = await kit.openSession({ maxSnapshotBytes: 100 })
      await expect(log.putSnapshot('s', 0, 'x'.repeat(100))).rejects.toMatchObject({ code: 'log/too_large' })
    })

    it('trims nothing without a snapshot, and nothing behind it', async () => {
      const log = await kit.openSession()
      await kit.append(log, 10)
      expect(await log.trim('s', { maxEvents: 1 })).toMatchObject({ first: 1, last: 10 })
      await log.putSnapshot('s', 4, {})
      expect(await log.trim('s', { maxEvents: 8 })).toMatchObject({ first: 3 })
      expect(await log.trim('s', { maxEvents: 1 })).toMatchObject({ first: 4, last: 10 })
      expect(numbers(await readAll(log, 's', 3))).toEqual(range(4, 10))
      expect(await kit.append(log)).toMatchObject({ first: 11 })
    })

    it('trims by bytes', async () => {
      const log = await kit.openSession()
      await log.append('s', kit.events(10, 'x'.repeat(1000)), { producer: FREE })
      await log.putSnapshot('s', 10, {})
      const { bytes } = await log.head('s')
      const after = await log.trim('s', { maxBytes: bytes / 2 })
      expect(after.first).toBe(6)
      expect(after.bytes).toBeLessThanOrEqual(bytes / 2)
    })

    it('trims by age', async () => {
      const log = await kit.openSession()
      await kit.append(log, 3)
      await kit.lapse(10_000)
      await kit.append(log, 3)
      await log.putSnapshot('s', 6, {})
      expect(await log.trim('s', { maxAgeMs: 5_000 })).toMatchObject({ first: 4 })
    })
  })
}
