import { describe, expect, it } from 'vitest'
import type { Lease, LeaseHeld } from '../session-log.ts'
import type { Kit } from './kit.ts'

function granted(lease: Lease | LeaseHeld): Lease {
  if (lease.outcome === 'held') throw new Error(`expected the lease, ${lease.holder} holds it`)
  return lease
}

export function fencingTests(kit: Kit): void {
  describe('fencing', () => {
    it('refuses an older fence once a newer one has written', async () => {
      const log = await kit.openSession()
      const old = granted(await log.lease('s', 'a', 1000))
      const write = (id: string, fence: number) => kit.append(log, 1, { producer: { id, fence } })
      expect(await write('a', old.fence)).toMatchObject({ outcome: 'appended' })
      await old.release()
      const next = granted(await log.lease('s', 'b', 1000))
      expect(await write('b', next.fence)).toMatchObject({ outcome: 'appended' })
      expect(await write('a', old.fence)).toEqual({ outcome: 'fenced', by: next.fence })
      expect(await write('b', next.fence)).toMatchObject({ outcome: 'appended' })
    })

    it('says duplicate, not fenced, of what an older fence had written', async () => {
      const log = await kit.openSession()
      const old = granted(await log.lease('s', 'a', 1000))
      const mine = { producer: { id: 'a', fence: old.fence, seq: 1 } }
      await kit.append(log, 1, mine)
      const next = granted(await log.lease('s', 'a', 1000))
      await kit.append(log, 1, { producer: { id: 'a', fence: next.fence, seq: 1 } })
      expect(await kit.append(log, 1, mine)).toEqual({ outcome: 'duplicate', first: 1, last: 1 })
      expect(await kit.append(log, 1, { producer: { ...mine.producer, seq: 2 } })).toMatchObject({ outcome: 'fenced' })
    })

    it('leaves those alone who write under no lease', async () => {
      const log = await kit.openSession()
      const { fence } = await log.lease('s', 'a', 1000)
      await kit.append(log, 1, { producer: { id: 'a', fence } })
      expect(await kit.append(log, 1, { producer: { id: 'controller', fence: 0 } })).toMatchObject({ first: 2 })
    })

    it('fences one session without another', async () => {
      const log = await kit.openSession()
      await log.createSession('t')
      const { fence } = await log.lease('t', 'a', 1000)
      const newer = await log.lease('s', 'a', 1000)
      await kit.append(log, 1, { producer: { id: 'a', fence: newer.fence } })
      expect(await kit.append(log, 1, { producer: { id: 'a', fence } }, 't')).toMatchObject({ outcome: 'appended' })
    })

    it('keeps out fences from an earlier life of the session', async () => {
      const log = await kit.openSession()
      const { fence } = await log.lease('s', 'a', 1000)
      await log.removeSession('s')
      await log.createSession('s')
      expect(await kit.append(log, 1, { producer: { id: 'a', fence } })).toMatchObject({ outcome: 'fenced' })
    })
  })

  describe('lease', () => {
    it('belongs to one holder until it expires', async () => {
      const log = await kit.openSession()
      const { fence } = granted(await log.lease('s', 'a', 1000))
      await kit.lapse(400)
      expect(await log.lease('s', 'b', 1000)).toEqual({ outcome: 'held', holder: 'a', fence, expiresInMs: 600 })
      await kit.lapse(600)
      expect(granted(await log.lease('s', 'b', 1000)).fence).toBeGreaterThan(fence)
    })

    it('is given to one of several who ask at once', async () => {
      const log = await kit.openSession()
      const leases = await Promise.all(['a', 'b', 'c', 'd'].map((holder) => log.lease('s', holder, 1000)))
      expect(leases.filter(({ outcome }) => outcome === 'granted')).toHaveLength(1)
      expect(new Set(leases.map(({ fence }) => fence)).size).toBe(1)
    })

    it('goes to its own holder again, with a newer fence', async () => {
      const log = await kit.openSession()
      const before = granted(await log.lease('s', 'a', 1000))
      const after = granted(await log.lease('s', 'a', 1000))
      expect(after.fence).toBeGreaterThan(before.fence)
      expect(await before.renew()).toBe(false)
      await before.release()
      expect(await log.lease('s', 'b', 1000)).toMatchObject({ outcome: 'held', fence: after.fence })
    })

    it('lives on while it is renewed', async () => {
      const log = await kit.openSession()
      const lease = granted(await log.lease('s', 'a', 1000))
      for (let i = 0; i < 3; i++) {
        await kit.lapse(900)
        expect(await lease.renew()).toBe(true)
      }
      expect(await log.lease('s', 'b', 1000)).toMatchObject({ outcome: 'held' })
      await kit.lapse(1000)
      expect(await lease.renew()).toBe(false)
    })

    it('is free at once after a release', async () => {
      const log = await kit.openSession()
      const lease = granted(await log.lease('s', 'a', 60_000))
      await lease.release()
      expect(await lease.renew()).toBe(false)
      expect(await log.lease('s', 'b', 1000)).toMatchObject({ outcome: 'granted' })
    })

    it('ends with its session', async () => {
      const log = await kit.openSession()
      const lease = granted(await log.lease('s', 'a', 60_000))
      await log.removeSession('s')
      expect(await lease.renew()).toBe(false)
      await expect(log.lease('s', 'b', 1000)).rejects.toMatchObject({ code: 'log/unknown_session' })
    })
  })
}
