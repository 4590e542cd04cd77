import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { NewEvent, SessionLog } from '@holdfast/log'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type SqliteLogOptions, sqliteLog } from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-sqlite-'))
let files = 0
const logs: SessionLog[] = []
afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()))
})
afterAll(() => rmSync(folder, { recursive: true }))

function open(options: Partial<SqliteLogOptions> = {}) {
  const log = sqliteLog({ path: join(folder, `${++files}.db`), ...options })
  logs.push(log)
  return log
}

const POLL = { timeout: 10_000, interval: 20 }
const producer = { id: 'p', fence: 0 }
let ids = 0
function event(payload: unknown = null): NewEvent {
  return { id: `e${++ids}`, kind: 'k', at: 0, payload }
}

describe('opening', () => {
  it('creates folders that are missing', async () => {
    const log = open({ path: join(folder, 'a/b/c.db') })
    await log.opened
    expect(log.health()).toEqual({ ok: true })
  })

  it.each(['text/none/c.db', ...(existsSync('/proc/self') ? ['/proc/none/c.db', '/proc/none/deeper/c.db'] : [])])(
    'says at once that the folder of %s cannot be created',
    (path) => {
      writeFileSync(join(folder, 'text'), '')
      expect(() => open({ path: resolve(folder, path) })).toThrow(
        expect.objectContaining({ code: 'sqlite/open_failed' }),
      )
    },
  )

  it('lets one log own a file, and says which file it was', async () => {
    const path = join(folder, 'owned.db')
    const first = open({ path })
    await first.createSession('s')
    const second = open({ path })
    const locked = { code: 'sqlite/locked', message: expect.stringContaining(path) }
    await expect(second.opened).rejects.toMatchObject(locked)
    await expect(second.head('s')).rejects.toMatchObject(locked)
    await expect(second.append('s', [event()], { producer })).rejects.toMatchObject(locked)
    expect(second.health()).toMatchObject({ ok: false })
    await second.close()
    expect(await first.append('s', [event()], { producer })).toMatchObject({ outcome: 'appended' })
    await first.close()
    expect(await open({ path }).head('s')).toMatchObject({ last: 1 })
  })

  it('refuses what is no database, and leaves it as it was', async () => {
    const path = join(folder, 'text.db')
    writeFileSync(path, 'not a database at all\n'.repeat(500))
    const before = readFileSync(path)
    const refused = { code: 'sqlite/not_a_log', message: expect.stringContaining(path) }
    await expect(open({ path }).opened).rejects.toMatchObject(refused)
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('refuses a file whose head is damaged', async () => {
    const path = join(folder, 'damaged.db')
    const log = open({ path })
    await log.createSession('s')
    await log.close()
    const bytes = readFileSync(path)
    bytes.fill(0xa5, 100, 4096)
    writeFileSync(path, bytes)
    const refused = { code: 'sqlite/not_a_log', message: expect.stringContaining(path) }
    await expect(open({ path }).opened).rejects.toMatchObject(refused)
  })

  it("refuses another program's database and a newer version of its own", async () => {
    const path = join(folder, 'versions.db')
    const log = open({ path })
    await log.opened
    await log.close()
    for (const [offset, code] of [
      [68, 'sqlite/not_a_log'],
      [60, 'sqlite/newer_version'],
    ] as const) {
      const copy = join(folder, `version-${offset}.db`)
      copyFileSync(path, copy)
      const bytes = readFileSync(copy)
      bytes.writeUInt32BE(99, offset)
      writeFileSync(copy, bytes)
      await expect(open({ path: copy }).opened).rejects.toMatchObject({ code, message: expect.stringContaining(copy) })
    }
  })

  it('refuses a path that cannot be a file', async () => {
    writeFileSync(join(folder, 'plain'), '')
    expect(() => open({ path: join(folder, 'plain/x.db') })).toThrow(/expected to create the folder/)
    await expect(open({ path: folder }).opened).rejects.toMatchObject({ code: 'sqlite/open_failed' })
  })
})

describe('a full disk', () => {
  it('is answered unavailable, acknowledges nothing, and recovers without a restart', async () => {
    const log = open({ maxFileBytes: 1024 * 1024 })
    await log.createSession('s')
    await log.createSession('ballast')
    const append = (session: string) => log.append(session, [event('x'.repeat(50_000))], { producer })
    for (let i = 0; i < 8; i++) expect(await append('ballast')).toMatchObject({ outcome: 'appended' })
    const results = await Promise.all(Array.from({ length: 40 }, () => append('s')))
    const appended = results.filter(({ outcome }) => outcome === 'appended').length
    const told = {
      outcome: 'unavailable',
      retryAfterMs: expect.any(Number),
      reason: expect.stringContaining('no space'),
    }
    expect(results.at(-1)).toEqual(told)
    expect(log.health()).toMatchObject({ ok: false, reason: expect.stringMatching(/full/i) })
    expect(await log.head('s')).toMatchObject({ last: appended })
    expect((await log.read('s', { after: 0 })).events).toHaveLength(appended)
    await log.removeSession('ballast')
    await expect
      .poll(() => append('s'), POLL)
      .toEqual({
        outcome: 'appended',
        first: appended + 1,
        last: appended + 1,
      })
    expect(log.health()).toEqual({ ok: true })
  })
})

describe('space', () => {
  it('is used again after a trim and after a removal', async () => {
    const log = open({ maxFileBytes: 2 * 1024 * 1024 })
    const append = async (session: string) => {
      const events = Array.from({ length: 20 }, () => event('x'.repeat(20_000)))
      await expect.poll(() => log.append(session, events, { producer }), POLL).toMatchObject({ outcome: 'appended' })
    }
    const fill = async (session: string) => {
      const { session: record } = await log.createSession(session)
      for (let round = 0; round < 10; round++) {
        // Rows go in the background, so that a write may have to be tried again.
        await append(session)
        const { last } = await log.head(session)
        await log.putSnapshot(session, last, {})
        expect(await log.trim(session, { maxEvents: 1 })).toMatchObject({ first: last })
      }
      return record.epoch
    }
    const first = await fill('s')
    for (let i = 0; i < 3; i++) await append('s')
    await log.removeSession('s')
    expect(await fill('s')).not.toBe(first)
    expect(await log.head('s')).toMatchObject({ first: 200, last: 200 })
  })
})

describe('a queue that is full', () => {
  it('is answered unavailable, and what was taken is written', async () => {
    const log = open({ limits: { maxQueuedBytes: 100_000 } })
    await log.createSession('s')
    const results = await Promise.all(
      Array.from({ length: 20 }, () => log.append('s', [event('x'.repeat(10_000))], { producer })),
    )
    expect(results.filter(({ outcome }) => outcome === 'appended')).toHaveLength(9)
    expect(results.filter(({ outcome }) => outcome === 'unavailable')).toHaveLength(11)
    expect(await log.append('s', [event()], { producer })).toEqual({ outcome: 'appended', first: 10, last: 10 })
  })
})
