import { chmodSync, copyFileSync, existsSync, readdirSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { edit, event, kit, POLL, producer } from './kit.ts'

const { newPath, open } = kit()
const GONE = { ok: false, failing: { append: expect.stringMatching(/^the data folder, or a file in it, was removed/) } }

describe('a data folder that is gone', () => {
  it('is refused at the next append, reported with its cause, and well again when it is back', async () => {
    const path = newPath()
    const { log, warnings } = open(path, { lookEveryMs: 60_000 })
    await log.createSession('s')
    expect(await log.append('s', [event()], { producer })).toMatchObject({ outcome: 'appended' })
    renameSync(dirname(path), `${dirname(path)}.away`)
    expect(await log.append('s', [event()], { producer })).toMatchObject({
      outcome: 'unavailable',
      reason: expect.any(String),
    })
    await expect(log.createSession('t')).rejects.toMatchObject({ code: 'log/unavailable' })
    expect(log.health()).toMatchObject(GONE)
    expect((await log.read('s', { after: 0 })).events).toHaveLength(1)
    expect(log.health()).toMatchObject(GONE)
    expect(warnings.map(({ operation }) => operation)).toEqual(['append'])
    renameSync(`${dirname(path)}.away`, dirname(path))
    expect(await log.append('s', [event()], { producer })).toMatchObject({ outcome: 'appended', first: 2 })
    expect(log.health()).toEqual({ ok: true })
  })

  it('is noticed by an idle store, and noticed to be back', async () => {
    const path = newPath()
    const { log } = open(path)
    await log.createSession('s')
    renameSync(dirname(path), `${dirname(path)}.away`)
    await expect.poll(() => log.health(), POLL).toMatchObject(GONE)
    renameSync(`${dirname(path)}.away`, dirname(path))
    await expect.poll(() => log.health(), POLL).toEqual({ ok: true })
  })

  it('is noticed when only the -wal is removed', async () => {
    const path = newPath()
    const { log } = open(path)
    await log.createSession('s')
    rmSync(`${path}-wal`)
    expect(await log.append('s', [event()], { producer })).toMatchObject({ outcome: 'unavailable' })
    expect(log.health()).toMatchObject(GONE)
  })
})

describe('a disk that is full', () => {
  it('is reported once with its cause, stays reported while only reads succeed, and ends without a request', async () => {
    const path = newPath()
    const { log, warnings } = open(path, { maxFileBytes: 400_000, lookEveryMs: 300 })
    await log.createSession('s')
    await log.createSession('ballast')
    const append = (session: string, bytes: number) => log.append(session, [event('x'.repeat(bytes))], { producer })
    for (let i = 0; i < 5; i++) await append('ballast', 50_000)
    // To the last page: where the store looks, now or later, there is no room for that either.
    while ((await append('s', 2_000)).outcome === 'appended');
    for (let i = 0; i < 5; i++) expect(await append('s', 2_000)).toMatchObject({ outcome: 'unavailable' })
    expect(warnings).toMatchObject([{ operation: 'append', message: expect.stringMatching(/cannot write: no space/) }])
    expect((await log.listSessions()).sessions).toHaveLength(2)
    expect(log.health()).toMatchObject({ ok: false, failing: { append: expect.stringMatching(/no space/) } })
    await log.removeSession('ballast')
    await expect.poll(() => log.health(), POLL).toEqual({ ok: true })
  })
})

describe('the files', () => {
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

  it('are for their owner alone, and so is a folder that is made', async () => {
    const path = newPath()
    const { log } = open(path)
    await log.createSession('s')
    expect([dirname(path), path, `${path}-wal`].map(modeOf)).toEqual(['700', '600', '600'])
  })

  it('of an earlier version become so at the start, which is reported once', async () => {
    const path = newPath()
    const first = open(path).log
    await first.createSession('s')
    await first.close()
    chmodSync(path, 0o644)
    const { log, warnings } = open(path)
    await log.opened
    expect(modeOf(path)).toBe('600')
    expect(warnings).toEqual([{ message: expect.stringMatching(/^Other users could read .*sessions\.db/) }])
    await log.close()
    const again = open(path)
    await again.log.opened
    expect(again.warnings).toEqual([])
  })
})

describe('at the start', () => {
  /** A store as it is on the disk while it is open. */
  async function copyOfOpen(files: readonly string[]): Promise<string> {
    const from = newPath()
    const { log } = open(from)
    await log.createSession('s')
    await log.append('s', [event()], { producer })
    const to = newPath()
    const { log: maker } = open(to)
    await maker.close()
    rmSync(to)
    for (const suffix of files) copyFileSync(from + suffix, to + suffix)
    return to
  }

  it('a file without its -wal is reported in a sentence', async () => {
    const { log, warnings } = open(await copyOfOpen(['']))
    await log.opened
    expect(warnings).toEqual([
      { message: expect.stringMatching(/was in use when it was copied or lost its -wal file/) },
    ])
  })

  it('a file with its -wal is whole, and nothing is reported', async () => {
    const { log, warnings } = open(await copyOfOpen(['', '-wal']))
    expect(await log.head('s')).toMatchObject({ last: 1 })
    expect(warnings).toEqual([])
  })

  it('a file of an earlier version whose all was in the -wal that is missing is reported', async () => {
    const path = newPath()
    await open(path).log.close()
    rmSync(path)
    edit(path, (database) => database.exec('PRAGMA journal_mode = WAL'))
    const { log, warnings } = open(path)
    await log.opened
    expect(warnings).toContainEqual({ message: expect.stringMatching(/lost its -wal file/) })
  })

  it('an emptied file beside a whole -wal is reported, and the -wal is kept', async () => {
    const path = await copyOfOpen(['', '-wal'])
    truncateSync(path)
    const size = statSync(`${path}-wal`).size
    const { log, warnings } = open(path)
    expect((await log.listSessions()).sessions).toEqual([])
    expect(warnings).toEqual([{ message: expect.stringMatching(/is missing or empty, but the -wal/) }])
    const kept = readdirSync(dirname(path)).find((name) => /-wal\.\d+$/.test(name)) ?? ''
    expect(statSync(join(dirname(path), kept)).size).toBe(size)
  })

  it('a store that was closed says nothing', async () => {
    const path = newPath()
    const first = open(path).log
    await first.createSession('s')
    await first.close()
    const { log, warnings } = open(path)
    expect(await log.findSession('s')).not.toBeNull()
    expect(warnings).toEqual([])
  })
})

describe('a backup', () => {
  it('is one whole file of what was committed, taken while appends go on', async () => {
    const path = newPath()
    const { log } = open(path)
    await log.createSession('s')
    for (let i = 0; i < 40; i++) await log.append('s', [event('x'.repeat(50_000))], { producer })
    let isOver = false
    let acknowledged = 0
    const writing = (async () => {
      for (; !isOver; acknowledged++) await log.append('s', [event('y'.repeat(2_000))], { producer })
    })()
    const copy = join(dirname(path), 'copy.db')
    const before = (await log.head('s')).last
    await log.backup(copy)
    isOver = true
    await writing
    expect(acknowledged).toBeGreaterThan(0)
    expect(existsSync(`${copy}-wal`)).toBe(false)
    expect(statSync(copy).mode & 0o777).toBe(0o600)
    const { log: restored, warnings } = open(copy)
    const { last } = await restored.head('s')
    expect(last).toBeGreaterThanOrEqual(before)
    const ids = async (of: typeof log) => (await of.read('s', { after: 0, limit: 30 })).events.map(({ id }) => id)
    expect(await ids(restored)).toEqual(await ids(log))
    expect(warnings).toEqual([])
  })

  it('overwrites nothing, and leaves nothing behind when it fails', async () => {
    const path = newPath()
    const { log } = open(path)
    await log.createSession('s')
    const failed = { code: 'sqlite/backup_failed' }
    await expect(log.backup(path)).rejects.toMatchObject(failed)
    await expect(log.backup(join(dirname(path), 'none/copy.db'))).rejects.toMatchObject(failed)
    expect(readdirSync(dirname(path)).sort()).toEqual(['sessions.db', 'sessions.db-wal'])
  })
})
