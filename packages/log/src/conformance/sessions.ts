import { describe, expect, it } from 'vitest'
import type { SessionLog } from '../session-log.ts'
import { type Kit, range } from './kit.ts'

export function sessionTests(kit: Kit): void {
  describe('sessions', () => {
    it('creates a session once', async () => {
      const log = await kit.open()
      const info = { label: 'Ünï', status: 'paused', tags: ['a'], data: { mode: 'tui' } }
      const { outcome, session } = await log.createSession('s', info)
      expect(outcome).toBe('created')
      expect(session).toMatchObject({ id: 's', ...info, createdAt: kit.clock.epoch(), updatedAt: kit.clock.epoch() })
      expect(session.epoch).toMatch(/^[0-9a-z]{8,}$/)
      expect(await log.createSession('s', { status: 'other' })).toEqual({ outcome: 'exists', session })
      expect(await log.findSession('s')).toEqual(session)
      expect(await log.findSession('none')).toBeNull()
    })

    it.each([Number.NaN, -1])('refuses a bound of %s, which would bound nothing', async (bound) => {
      await expect(kit.open({ pageEvents: bound })).rejects.toMatchObject({ code: 'log/bad_request' })
    })

    it('creates one session for several who ask at once', async () => {
      const log = await kit.open()
      const results = await Promise.all(range(1, 8).map(() => log.createSession('s')))
      expect(results.filter(({ outcome }) => outcome === 'created')).toHaveLength(1)
      expect(new Set(results.map(({ session }) => session.epoch)).size).toBe(1)
    })

    it('changes the members that are given', async () => {
      const log = await kit.open()
      await log.createSession('s', { label: 'one', data: { a: 1 } })
      await kit.lapse(1000)
      const changed = await log.updateSession('s', { label: 'two', tags: ['x'] })
      expect(changed).toMatchObject({ label: 'two', status: 'active', tags: ['x'], data: { a: 1 } })
      expect(changed.updatedAt - changed.createdAt).toBe(1000)
      expect(await log.findSession('s')).toEqual(changed)
      await expect(log.updateSession('none', {})).rejects.toMatchObject({ code: 'log/unknown_session' })
    })

    it('keeps who a session belongs to and who may find it', async () => {
      const log = await kit.open()
      const { session } = await log.createSession('s', { owner: 'ada', reach: 'private' })
      expect(session).toMatchObject({ owner: 'ada', reach: 'private' })
      expect(await log.updateSession('s', { label: 'mine' })).toMatchObject({ owner: 'ada', reach: 'private' })
      expect(await log.updateSession('s', { reach: 'open' })).toMatchObject({ owner: 'ada', reach: 'open' })
      expect((await log.listSessions()).sessions).toMatchObject([{ owner: 'ada', reach: 'open', label: 'mine' }])
      const { session: other } = await log.createSession('t')
      expect(other).not.toHaveProperty('owner')
      expect(other).not.toHaveProperty('reach')
    })

    it('lists the newest first, in pages', async () => {
      const log = await kit.open()
      for (const i of range(1, 7)) await log.createSession(`s${i}`)
      const ids: string[][] = []
      let cursor: string | undefined
      do {
        const page = await log.listSessions({ limit: 3, cursor })
        ids.push(page.sessions.map(({ id }) => id))
        cursor = page.next
      } while (cursor !== undefined)
      expect(ids).toEqual([['s7', 's6', 's5'], ['s4', 's3', 's2'], ['s1']])
    })

    it('lists by status and tag', async () => {
      const log = await kit.open()
      await log.createSession('a', { tags: ['x', 'y'] })
      await log.createSession('b', { tags: ['y'], status: 'archived' })
      await log.createSession('c', { tags: ['xy', 'y'] })
      const ids = async (options: Parameters<SessionLog['listSessions']>[0]) =>
        (await log.listSessions(options)).sessions.map(({ id }) => id)
      expect(await ids({ tag: 'x' })).toEqual(['a'])
      expect(await ids({ status: 'archived' })).toEqual(['b'])
      expect(await ids({ tag: 'y', status: 'active' })).toEqual(['c', 'a'])
      const page = await log.listSessions({ tag: 'y', status: 'active', limit: 1 })
      expect(await ids({ tag: 'y', status: 'active', limit: 1, cursor: page.next })).toEqual(['a'])
    })

    it('removes a session with all that belongs to it, and begins anew', async () => {
      const log = await kit.openSession()
      await kit.append(log, 5, { key: 'k', producer: { id: 'p', fence: 0, seq: 1 } })
      await log.putSnapshot('s', 5, {})
      const before = await log.head('s')
      expect(await log.removeSession('s')).toBe(true)
      expect(await log.removeSession('s')).toBe(false)
      expect(await log.findSession('s')).toBeNull()
      expect((await log.listSessions()).sessions).toEqual([])
      expect(await kit.append(log)).toMatchObject({ reason: 'unknown-session' })
      await log.createSession('s')
      const after = await log.head('s')
      expect(after).toMatchObject({ first: 1, last: 0, bytes: 0 })
      expect(after.epoch).not.toBe(before.epoch)
      expect(await log.snapshot('s')).toBeNull()
      const again = { key: 'k', producer: { id: 'p', fence: 0, seq: 1 } }
      expect(await kit.append(log, 1, again)).toMatchObject({ outcome: 'appended', first: 1 })
      expect((await log.read('s', { after: 5, epoch: before.epoch })).gap).toMatchObject({ reason: 'epoch' })
    })

    it('bounds how many there are and how much is said of each', async () => {
      const log = await kit.open({ maxSessions: 2, maxInfoBytes: 200 })
      await log.createSession('a')
      await log.createSession('b')
      await expect(log.createSession('c')).rejects.toMatchObject({ code: 'log/quota' })
      expect(await log.createSession('a')).toMatchObject({ outcome: 'exists' })
      await log.removeSession('a')
      await log.createSession('c')
      const data = { text: 'x'.repeat(200) }
      await expect(log.updateSession('b', { data })).rejects.toMatchObject({ code: 'log/too_large' })
      await expect(log.createSession('')).rejects.toMatchObject({ code: 'log/bad_request' })
    })
  })

  describe('close', () => {
    it('finishes what was asked for, and answers nothing afterwards', async () => {
      const log = await kit.openSession()
      const append = kit.append(log)
      const closed = log.close()
      expect(await append).toMatchObject({ outcome: 'appended' })
      await closed
      await log.close()
      const failed = { code: 'log/closed' }
      await expect(kit.append(log)).rejects.toMatchObject(failed)
      await expect(log.head('s')).rejects.toMatchObject(failed)
      await expect(log.createSession('t')).rejects.toMatchObject(failed)
      expect(log.health()).toMatchObject({ ok: false })
    })
  })
}
