import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { Directory, DirectoryChange, DirectoryLimits } from './directory/directory.ts'

/** One cluster under test. */
export interface DirectoryCluster {
  join(node: string): Promise<Directory>
  /** Simulates a crash of a node's process: its entries are not removed by itself. */
  crash(directory: Directory): Promise<void>
  /** Waits until leases of dead nodes have ended. */
  lapse(): Promise<void>
  close(): Promise<void>
}

/** A directory that is put to the test. */
export interface DirectorySuite {
  readonly name: string
  /** A cluster without nodes. */
  open(limits: Partial<DirectoryLimits>): Promise<DirectoryCluster>
}

/** Declares the tests that every directory must pass (vitest). */
export function directoryConformance(suite: DirectorySuite): void {
  describe(`${suite.name}: directory conformance`, () => {
    let cluster: DirectoryCluster
    const nodes = async (limits: Partial<DirectoryLimits> = {}): Promise<[Directory, Directory]> => {
      cluster = await suite.open(limits)
      return [await cluster.join('a'), await cluster.join('b')]
    }
    afterEach(() => cluster.close())

    it('tells the other nodes, and not the one who told', async () => {
      const [a, b] = await nodes()
      a.put('room/1/x', { role: 'lead' })
      await entriesArrived(b, 'room/1/', 1)
      expect(b.entries('room/1/')).toEqual([{ key: 'room/1/x', node: 'a', value: { role: 'lead' } }])
      expect(a.entries('room/1/')).toEqual([])
      expect(b.entries('room/2/')).toEqual([])
    })

    it('takes any text as a key', async () => {
      const [a, b] = await nodes()
      const keys = ['.', '*', '>', 'a b', 'ü/漢', 'x'.repeat(500), '..', 'a.b.c', '\u0000']
      for (const [at, key] of keys.entries()) a.put(`k/${key}`.slice(0, 512), at)
      await entriesArrived(b, 'k/', keys.length)
      expect(b.entries('k/').map(({ value }) => value)).toEqual(expect.arrayContaining([...keys.keys()]))
    })

    it('keeps what two nodes tell under one key apart', async () => {
      const [a, b] = await nodes()
      const c = await cluster.join('c')
      a.put('k', 1)
      b.put('k', 2)
      await entriesArrived(c, 'k', 2)
      expect(
        c
          .entries('k')
          .map(({ node, value }) => [node, value])
          .sort(),
      ).toEqual([
        ['a', 1],
        ['b', 2],
      ])
      a.remove('k')
      await entriesArrived(c, 'k', 1)
      expect(c.entries('k')).toEqual([{ key: 'k', node: 'b', value: 2 }])
    })

    it('ends with the last of many changes, in the watchers too', async () => {
      const [a, b] = await nodes()
      const last = new Map<string, unknown>()
      b.watch('n/', ({ kind, entry }) => (kind === 'set' ? last.set(entry.key, entry.value) : last.delete(entry.key)))
      for (let n = 1; n <= 200; n++) {
        a.put('n/count', n)
        a.put('n/other', -n)
        if (n % 2 === 0) a.remove('n/other')
      }
      a.put('n/end', true)
      await until(() => last.get('n/end') === true && last.get('n/count') === 200)
      expect(Object.fromEntries(last)).toEqual({ 'n/count': 200, 'n/end': true })
      expect(
        b
          .entries('n/')
          .map(({ key }) => key)
          .sort(),
      ).toEqual(['n/count', 'n/end'])
    })

    it('stops telling a watcher that has left', async () => {
      const [a, b] = await nodes()
      const changes: DirectoryChange[] = []
      b.watch('k', (change) => changes.push(change))()
      a.put('k', 1)
      await entriesArrived(b, 'k', 1)
      expect(changes).toEqual([])
    })

    it('shows who comes later what was told before', async () => {
      const [a] = await nodes()
      a.put('k', 'before')
      const c = await cluster.join('c')
      await entriesArrived(c, 'k', 1)
      expect(c.entries('k')).toEqual([{ key: 'k', node: 'a', value: 'before' }])
    })

    it('takes everything of a node back when it closes, and lets its claims go', async () => {
      const [a, b] = await nodes()
      const gone: string[] = []
      b.watch('', ({ kind, entry }) => kind === 'gone' && gone.push(entry.key))
      a.put('x', 1)
      a.put('y', 2)
      await a.claim('shell', 1)
      await entriesArrived(b, '', 2)
      await a.close()
      await a.close()
      await until(() => gone.length === 2)
      expect(b.entries('')).toEqual([])
      expect((await b.claim('shell', 2)).node).toBe('b')
    })

    it('takes everything of a node back when its lease has ended', async () => {
      const [a, b] = await nodes()
      a.put('x', 1)
      await a.claim('shell', 1)
      await entriesArrived(b, 'x', 1)
      await cluster.crash(a)
      expect(b.entries('x').length).toBe(1)
      expect((await b.claim('shell', 2)).node).toBe('a')
      await cluster.lapse()
      await entriesArrived(b, 'x', 0)
      expect(await b.holder('shell')).toBeUndefined()
      expect((await b.claim('shell', 2)).node).toBe('b')
    })

    it('gives a claim to one of those who ask', async () => {
      const [a, b] = await nodes()
      const asked = await Promise.all([a.claim('s', 'a'), b.claim('s', 'b'), a.claim('s', 'a'), b.claim('s', 'b')])
      const winners = new Set(asked.map(({ node, value }) => `${node} ${String(value)}`))
      expect(winners.size).toBe(1)
      const [winner] = asked
      expect(await a.holder('s')).toEqual(winner)
      expect(await b.holder('s')).toEqual(winner)
    })

    it('lets a claim go when its holder removes it, and only then', async () => {
      const [a, b] = await nodes()
      await a.claim('s', 1)
      b.remove('s')
      expect((await b.holder('s'))?.node).toBe('a')
      a.remove('s')
      await until(async () => (await b.claim('s', 2)).node === 'b')
    })

    it('keeps claims and entries of one key apart', async () => {
      const [a, b] = await nodes()
      await a.claim('k', 'claimed')
      b.put('k', 'told')
      await entriesArrived(a, 'k', 1)
      expect(a.entries('k')).toEqual([{ key: 'k', node: 'b', value: 'told' }])
      expect(await b.holder('k')).toEqual({ key: 'k', node: 'a', value: 'claimed' })
      expect(b.entries('k')).toEqual([])
    })

    it('has one secret for all nodes', async () => {
      const [a, b] = await nodes()
      const [first, second] = await Promise.all([a.secret(), b.secret()])
      expect(first).toBe(second)
      expect(first.length).toBeGreaterThanOrEqual(32)
    })

    it('refuses what is too long, no JSON, or too much', async () => {
      const [a] = await nodes({ maxEntries: 3, maxValueLength: 100, maxKeyLength: 20 })
      const bad = expect.objectContaining({ code: 'cluster/bad_entry' })
      expect(() => a.put('', 1)).toThrow(bad)
      expect(() => a.put('k'.repeat(21), 1)).toThrow(bad)
      expect(() => a.put('k', undefined)).toThrow(bad)
      expect(() => a.put('k', 'x'.repeat(100))).toThrow(bad)
      await expect(a.claim('k', 'x'.repeat(100))).rejects.toEqual(bad)
      for (const key of ['1', '2', '3']) a.put(key, 1)
      const full = expect.objectContaining({ code: 'cluster/full' })
      expect(() => a.put('4', 1)).toThrow(full)
      await expect(a.claim('4', 1)).rejects.toEqual(full)
      a.put('3', 2)
      a.remove('3')
      a.put('4', 1)
    })
  })
}

/** Waits until a node has heard so many entries. */
function entriesArrived(directory: Directory, prefix: string, count: number): Promise<void> {
  return until(() => directory.entries(prefix).length === count)
}

async function until(met: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await met())) await pause(5)
}
