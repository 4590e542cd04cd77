import { describe, expect, it } from 'vitest'
import type { AppendResult } from '../append.ts'
import type { SessionLog } from '../session-log.ts'
import { type Kit, range, readAll } from './kit.ts'

/** Sends message `n` of a sender that still needs the answers above `done`. */
function send(kit: Kit, log: SessionLog, id: string, n: number, done = 0, count = 1): Promise<AppendResult> {
  return kit.append(log, count, { sender: { id, n, done } })
}

async function highest(log: SessionLog, id: string): Promise<number | null> {
  const { state, release } = await log.attachSender('s', id)
  release()
  return state?.highest ?? null
}

export function senderTests(kit: Kit): void {
  describe('sender', () => {
    it('recognises what was sent before, however much others wrote meanwhile', async () => {
      const log = await kit.openSession({ maxKeys: 10, maxProducers: 10 })
      expect(await send(kit, log, 'a', 1)).toEqual({ outcome: 'appended', first: 1, last: 1 })
      await Promise.all(range(1, 100).map((i) => kit.append(log, 3, { key: `k${i}` })))
      await Promise.all(range(1, 100).map((i) => send(kit, log, `b${i % 7}`, i)))
      const { last } = await log.head('s')
      expect(await send(kit, log, 'a', 1)).toEqual({ outcome: 'duplicate', first: 1, last: 1 })
      expect(await log.head('s')).toMatchObject({ last })
    })

    it('says where each is that is not done with', async () => {
      const log = await kit.openSession()
      await send(kit, log, 'a', 1)
      await send(kit, log, 'a', 2)
      await kit.append(log)
      await send(kit, log, 'a', 3, 0, 4)
      await send(kit, log, 'a', 4)
      await send(kit, log, 'a', 5, 1)
      const places = [undefined, 2, 4, 8, 9].map((first, i) => ({ first, last: i === 2 ? 7 : first }))
      for (const [i, place] of places.entries()) {
        const answer = await send(kit, log, 'a', i + 1, i)
        expect(answer).toMatchObject({ outcome: 'duplicate' })
        if (place.first !== undefined) expect(answer).toMatchObject(place)
      }
      expect(await log.head('s')).toMatchObject({ last: 9 })
    })

    it('takes numbers with holes, and refuses a number that was passed over', async () => {
      const log = await kit.openSession()
      expect(await send(kit, log, 'a', 2)).toMatchObject({ outcome: 'appended' })
      expect(await send(kit, log, 'a', 7)).toMatchObject({ outcome: 'appended' })
      expect(await send(kit, log, 'a', 3)).toEqual({ outcome: 'refused', reason: 'passed-over' })
      expect(await send(kit, log, 'a', 1)).toEqual({ outcome: 'refused', reason: 'passed-over' })
      expect(await send(kit, log, 'a', 2)).toMatchObject({ outcome: 'duplicate', first: 1 })
      expect(await send(kit, log, 'a', 8, 7)).toMatchObject({ outcome: 'appended' })
      expect(await send(kit, log, 'a', 3)).toMatchObject({ outcome: 'duplicate' })
    })

    it('knows by its key what another object of the same sender wrote, also when it is sent once more', async () => {
      const log = await kit.openSession()
      const keyed = (id: string, n: number, key: string): Promise<AppendResult> =>
        kit.append(log, 1, { sender: { id, n, done: 0 }, key })
      expect(await keyed('a', 7, 'k1')).toEqual({ outcome: 'appended', first: 1, last: 1 })
      expect(await keyed('b', 1, 'k1')).toEqual({ outcome: 'duplicate', first: 1, last: 1 })
      expect(await keyed('b', 2, 'k2')).toEqual({ outcome: 'appended', first: 2, last: 2 })
      expect(await keyed('b', 1, 'k1')).toEqual({ outcome: 'duplicate', first: 1, last: 1 })
      expect(await log.head('s')).toMatchObject({ last: 2 })
    })

    it('lets one of several concurrent appends with the same number win', async () => {
      const log = await kit.openSession()
      const results = await Promise.all(range(1, 10).map(() => send(kit, log, 'a', 1)))
      expect(results.map(({ outcome }) => outcome).sort()).toEqual(['appended', ...range(2, 10).map(() => 'duplicate')])
      expect(await readAll(log)).toHaveLength(1)
    })

    it('counts for each sender and session, and a refused message takes no number', async () => {
      const log = await kit.openSession({ maxEventBytes: 1000 })
      await log.createSession('t')
      expect(await send(kit, log, 'a', 1)).toMatchObject({ outcome: 'appended' })
      expect(await send(kit, log, 'b', 1)).toMatchObject({ outcome: 'appended' })
      const mark = { sender: { id: 'a', n: 1, done: 0 } }
      expect(await kit.append(log, 1, mark, 't')).toMatchObject({ outcome: 'appended' })
      const large = { events: kit.events(1, 'x'.repeat(1000)), options: { ...FREE_MARK, sender: mark.sender } }
      const [refused] = await log.appendAll('s', [
        { ...large, options: { ...FREE_MARK, sender: { id: 'a', n: 2, done: 1 } } },
      ])
      expect(refused).toEqual({ outcome: 'refused', reason: 'too-large' })
      expect(await highest(log, 'a')).toBe(1)
    })

    it('rejects numbers that are none', async () => {
      const log = await kit.openSession()
      for (const sender of [
        { id: 'a', n: 0, done: 0 },
        { id: 'a', n: 1, done: 1 },
        { id: 'a', n: 1.5, done: 0 },
        { id: 'a', n: 2, done: -1 },
        { id: '', n: 1, done: 0 },
      ]) {
        await expect(kit.append(log, 1, { sender })).rejects.toMatchObject({ code: 'log/bad_request' })
      }
      await expect(log.attachSender('none', 'a')).rejects.toMatchObject({ code: 'log/unknown_session' })
    })

    it('knows whoever came, also where nothing was heard of it', async () => {
      const log = await kit.openSession()
      const first = await log.attachSender('s', 'a')
      expect(first.state).toBeNull()
      const beside = await log.attachSender('s', 'a')
      expect(beside.state).toEqual({ highest: 0, first: 0, last: 0 })
      first.release()
      beside.release()
      expect(await highest(log, 'a')).toBe(0)
      expect(await log.head('s')).toMatchObject({ last: 0 })
      expect(await send(kit, log, 'a', 1)).toMatchObject({ outcome: 'appended', first: 1 })
      expect(await send(kit, log, 'a', 1)).toMatchObject({ outcome: 'duplicate', first: 1 })
    })

    it('does not begin to remember a sender that has something unsettled, until it says something new', async () => {
      const log = await kit.openSession()
      for (const _ of range(1, 3)) {
        const { state, release } = await log.attachSender('s', 'a', false)
        expect(state).toBeNull()
        release()
      }
      expect(await send(kit, log, 'a', 7, 6)).toMatchObject({ outcome: 'appended' })
      expect((await log.attachSender('s', 'a', false)).state).toMatchObject({ highest: 7 })
    })

    it('tells whoever comes back what is known of it', async () => {
      const log = await kit.openSession()
      const first = await log.attachSender('s', 'a')
      await kit.append(log)
      await send(kit, log, 'a', 3, 0, 2)
      first.release()
      first.release()
      const { state, release } = await log.attachSender('s', 'a')
      expect(state).toEqual({ highest: 3, first: 2, last: 3 })
      release()
    })

    it('forgets first who had no connection, then who was here longest ago, never who is here', async () => {
      const log = await kit.openSession({ maxSenders: 4 })
      const here = await log.attachSender('s', 'here')
      await send(kit, log, 'here', 1)
      for (const id of ['old', 'new']) {
        const visit = await log.attachSender('s', id)
        await send(kit, log, id, 1)
        visit.release()
        await kit.lapse(10)
      }
      for (const i of range(1, 20)) await send(kit, log, `once${i}`, 1)
      expect(await known(kit, log, ['here', 'old', 'new'])).toEqual(['here', 'old', 'new'])
      for (const id of ['x', 'y']) {
        const visit = await log.attachSender('s', id)
        await send(kit, log, id, 1)
        visit.release()
        await kit.lapse(10)
      }
      expect(await known(kit, log, ['y', 'x', 'new', 'here', 'old', 'once19', 'once20'])).toEqual([
        'y',
        'x',
        'new',
        'here',
      ])
      here.release()
    })

    it('forgets a sender that was away for a day, and not one that is connected', async () => {
      const log = await kit.openSession({ senderAgeMs: 1000 })
      const here = await log.attachSender('s', 'here')
      await send(kit, log, 'here', 1)
      await send(kit, log, 'gone', 1)
      await kit.lapse(999)
      expect(await send(kit, log, 'gone', 1)).toMatchObject({ outcome: 'duplicate' })
      await kit.lapse(1)
      expect(await highest(log, 'gone')).toBeNull()
      expect(await send(kit, log, 'here', 1)).toMatchObject({ outcome: 'duplicate' })
      here.release()
      await kit.lapse(999)
      expect(await highest(log, 'here')).toBe(1)
    })

    it('keeps the places of the newest numbers only, and still knows the older ones', async () => {
      const log = await kit.openSession({ maxSenderRuns: 3 })
      for (const n of range(1, 6)) {
        await send(kit, log, 'a', n)
        await kit.append(log)
      }
      expect(await send(kit, log, 'a', 1)).toEqual({ outcome: 'duplicate' })
      expect(await send(kit, log, 'a', 4)).toEqual({ outcome: 'duplicate', first: 7, last: 7 })
      expect(await send(kit, log, 'a', 6)).toEqual({ outcome: 'duplicate', first: 11, last: 11 })
    })

    it('survives a trim of everything that was sent', async () => {
      const log = await kit.openSession()
      await send(kit, log, 'a', 1)
      await send(kit, log, 'a', 2)
      for (const _ of range(1, 20)) await kit.append(log)
      await log.putSnapshot('s', 22, {})
      await log.trim('s', { maxEvents: 1 })
      expect(await send(kit, log, 'a', 1)).toMatchObject({ outcome: 'duplicate' })
      expect(await send(kit, log, 'a', 2)).toMatchObject({ outcome: 'duplicate' })
      expect(await highest(log, 'a')).toBe(2)
    })

    it('belongs to one life of the session', async () => {
      const log = await kit.openSession()
      await send(kit, log, 'a', 5)
      await log.removeSession('s')
      await log.createSession('s')
      expect(await highest(log, 'a')).toBeNull()
      expect(await send(kit, log, 'a', 1)).toMatchObject({ outcome: 'appended', first: 1 })
    })
  })
}

const FREE_MARK = { producer: { id: 'p', fence: 0 } }

/** Those of them that are known. Asking is a contact. */
async function known(kit: Kit, log: SessionLog, ids: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const id of ids) {
    if ((await highest(log, id)) !== null) found.push(id)
    await kit.lapse(1)
  }
  return found
}
