import { describe, expect, it } from 'vitest'
import { eventHashOf } from '../event-hash.ts'
import type { SessionLog, TailItem } from '../session-log.ts'
import { eventNumbers, FREE, type Kit, range, takeUntil } from './kit.ts'

const reached =
  (n: number) =>
  (item: TailItem): boolean =>
    item.type === 'event' && item.event.n >= n

export function tailingTests(kit: Kit): void {
  describe('tail', () => {
    it('replays, says where live begins, and goes on', async () => {
      const log = await kit.openSession()
      await kit.append(log, 3)
      const items = await takeUntil(log, (item) => {
        if (item.type === 'mark') void kit.append(log, 2)
        return reached(5)(item)
      })
      expect(eventNumbers(items)).toEqual(range(1, 5))
      expect(items[3]).toEqual({ type: 'mark', n: 3 })
    })

    it('hands over the same events live as from the log', async () => {
      const log = await kit.openSession()
      const live = takeUntil(log, reached(2))
      await log.append('s', kit.events(2, { deep: ['ü', null] }), { producer: FREE })
      const events = (items: TailItem[]) => items.filter(({ type }) => type === 'event')
      expect(events(await live)).toEqual(events(await takeUntil(log, reached(2))))
    })

    it('has no seam under concurrent appends, wherever it starts', async () => {
      const log = await kit.openSession({ pageEvents: 7 })
      const total = 400
      const tails: Promise<TailItem[]>[] = []
      const appends: Promise<unknown>[] = []
      for (let i = 0; i < total; i++) {
        appends.push(kit.append(log))
        if (i % 40 === 0) tails.push(takeUntil(log, reached(total), { after: Math.floor(i / 3) }))
        if (i % 25 === 0) await Promise.all(appends.splice(0))
      }
      for (const [i, items] of (await Promise.all(tails)).entries()) {
        expect(eventNumbers(items)).toEqual(range(Math.floor((i * 40) / 3) + 1, total))
      }
      await Promise.all(appends)
    })

    it('loses nothing for a reader that is slower than the writer', async () => {
      const log = await kit.openSession({ pageEvents: 5 })
      const end = new AbortController()
      const seen: number[] = []
      for await (const item of log.tail('s', { after: 0, signal: end.signal })) {
        if (item.type === 'event') seen.push(item.event.n)
        if (seen.length < 20) await kit.append(log, 7)
        if (seen.at(-1) === (await log.head('s')).last) end.abort()
      }
      expect(seen).toEqual(range(1, seen.length))
      expect(seen.length).toBeGreaterThan(100)
    })

    it('waits from the head on', async () => {
      const log = await kit.openSession()
      await kit.append(log, 3)
      const items = await takeUntil(
        log,
        (item) => {
          if (item.type === 'mark') void kit.append(log)
          return item.type === 'event'
        },
        { after: 3 },
      )
      expect(items).toMatchObject([
        { type: 'mark', n: 3 },
        { type: 'event', event: { n: 4 } },
      ])
    })

    it('tells a gap in its place', async () => {
      const log = await kit.openSession()
      await kit.append(log, 10)
      await log.putSnapshot('s', 8, {})
      await log.trim('s', { maxEvents: 1 })
      const items = await takeUntil(log, reached(10), { after: 2 })
      expect(items[0]).toEqual({ type: 'gap', from: 3, to: 7, reason: 'retention' })
      expect(eventNumbers(items)).toEqual([8, 9, 10])
    })

    it('ends after a position of another log', async () => {
      const log = await kit.openSession()
      await kit.append(log, 3)
      for (const [from, reason] of [
        [{ after: 4 }, 'rollback'],
        [{ after: 2, eventHash: eventHashOf('x') }, 'rollback'],
        [{ after: 2, epoch: 'x' }, 'epoch'],
      ] as const) {
        const gap = { type: 'gap', from: 1, to: 3, reason }
        expect(await takeUntil(log, () => false, from)).toEqual([gap])
      }
    })

    it('ends at once when aborted, before and while it waits', async () => {
      const log = await kit.openSession()
      await kit.append(log, 3)
      expect(await takeUntil(log, () => true, { signal: AbortSignal.abort() })).toEqual([])
      expect(await takeUntil(log, (item) => item.type === 'event')).toHaveLength(1)
      const waiting = new AbortController()
      const items = await takeUntil(
        log,
        (item) => {
          if (item.type === 'mark') queueMicrotask(() => waiting.abort())
          return false
        },
        { signal: waiting.signal },
      )
      expect(items.at(-1)).toEqual({ type: 'mark', n: 3 })
    })

    it('ends when the log is closed', async () => {
      const log = await kit.openSession()
      const items = await takeUntil(log, (item) => {
        if (item.type === 'mark') void log.close()
        return false
      })
      expect(items).toEqual([{ type: 'mark', n: 0 }])
    })

    it('fails when the session is removed, or was never there', async () => {
      const log = await kit.openSession()
      const failed = { code: 'log/unknown_session' }
      await expect(takeUntil(log, () => false, {}, 'none')).rejects.toMatchObject(failed)
      let recreated: Promise<void> | undefined
      const removed = takeUntil(log, (item) => {
        if (item.type === 'mark') recreated ??= recreate(log)
        return false
      })
      await expect(removed).rejects.toMatchObject(failed)
      // The log is closed after the test: not before this is done.
      await recreated
    })
  })
}

async function recreate(log: SessionLog): Promise<void> {
  await log.removeSession('s')
  await log.createSession('s')
}
