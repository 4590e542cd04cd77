import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '../src/database.ts'
import { sqliteLog } from '../src/index.ts'

/** The tables as version 1 made them, word for word: what folders in the field have. */
const FIRST_VERSION = `
  CREATE TABLE counter (id INTEGER PRIMARY KEY CHECK (id = 1), stamp INTEGER NOT NULL);
  INSERT INTO counter VALUES (1, 0);
  CREATE TABLE session (
    sid INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
    created REAL NOT NULL, updated REAL NOT NULL, status TEXT NOT NULL, info TEXT NOT NULL,
    first INTEGER NOT NULL, base_total INTEGER NOT NULL, base_anchor TEXT NOT NULL);
  CREATE TABLE event (
    g INTEGER PRIMARY KEY, sid INTEGER NOT NULL, n INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL,
    at REAL NOT NULL, size INTEGER NOT NULL, total INTEGER NOT NULL, fence INTEGER NOT NULL, payload TEXT NOT NULL);
  CREATE UNIQUE INDEX event_n ON event (sid, n);
  CREATE TABLE producer (
    sid INTEGER NOT NULL, fence INTEGER NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (sid, fence, id)) WITHOUT ROWID;
  CREATE TABLE keyed (
    sid INTEGER NOT NULL, key TEXT NOT NULL, k INTEGER NOT NULL, at REAL NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (sid, key)) WITHOUT ROWID;
  CREATE TABLE lease (sid INTEGER PRIMARY KEY, holder TEXT NOT NULL, fence INTEGER NOT NULL, until REAL NOT NULL);
  CREATE TABLE snapshot (sid INTEGER PRIMARY KEY, n INTEGER NOT NULL, state TEXT NOT NULL);
  CREATE TABLE sweep (sid INTEGER PRIMARY KEY, below INTEGER);
  PRAGMA application_id = 1212574823;
  PRAGMA user_version = 1;
`

/** A session `s` with three events, of which the first was trimmed, a producer, a key, a lease and a snapshot. */
const CONTENT = `
  UPDATE counter SET stamp = 7;
  INSERT INTO session VALUES (1, 's', 'epoch1', 1000, 2000, 'active',
    '{"label":"Old","status":"active","tags":["t"],"data":{"a":1}}', 2, 40, '11111111');
  INSERT INTO event VALUES (2, 1, 2, 'e2', 'k', 1002, 20, 60, 5, '{"text":"zwei"}');
  INSERT INTO event VALUES (3, 1, 3, 'e3', 'k', 1003, 20, 80, 5, '"drei"');
  INSERT INTO producer VALUES (1, 5, 'p', 4, 3, 3);
  INSERT INTO keyed VALUES (1, 'key', 9, 1700000000000, 2, 2);
  INSERT INTO lease VALUES (1, 'holder', 5, 1700000060000);
  INSERT INTO snapshot VALUES (1, 2, '{"folded":true}');
`

const clock = { now: () => 0, epoch: () => 1_700_000_000_000, after: () => ({ cancel: () => {} }) }
const FREE = { id: 'x', fence: 0 }
const event = (id: string) => [{ id, kind: 'k', at: 1, payload: id }]

describe('a file of version 1', () => {
  let folder = ''
  let path = ''
  const raw = (work: (database: Database) => void): void => {
    const { database } = openDatabase(path, import.meta.url)
    try {
      work(database)
    } finally {
      database.close()
    }
  }
  const old = (): void =>
    raw((database) => {
      database.exec('PRAGMA journal_mode = WAL')
      database.exec(FIRST_VERSION)
      database.exec(CONTENT)
    })
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-upgrade-'))
    path = join(folder, "it's.db")
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('is brought over with all that it remembers, and goes on', async () => {
    old()
    const log = sqliteLog({ path, clock })
    const { session } = await log.createSession('s')
    expect(session).toMatchObject({ label: 'Old', tags: ['t'], epoch: 'epoch1', createdAt: 1000, updatedAt: 2000 })
    expect(session).not.toHaveProperty('owner')
    expect((await log.read('s', { after: 1 })).events).toEqual([
      { n: 2, id: 'e2', kind: 'k', at: 1002, payload: { text: 'zwei' } },
      { n: 3, id: 'e3', kind: 'k', at: 1003, payload: 'drei' },
    ])
    expect(await log.head('s')).toMatchObject({ first: 2, last: 3, bytes: 40 })
    expect(await log.snapshot('s')).toEqual({ n: 2, state: { folded: true } })
    expect(await log.lease('s', 'other', 1000)).toMatchObject({ outcome: 'held', holder: 'holder' })
    const again = { producer: { id: 'p', fence: 5, seq: 4 } }
    expect(await log.append('s', event('x'), again)).toEqual({ outcome: 'duplicate', first: 3, last: 3 })
    const keyed = { producer: FREE, key: 'key' }
    expect(await log.append('s', event('x'), keyed)).toEqual({ outcome: 'duplicate', first: 2, last: 2 })
    const late = { producer: { id: 'p', fence: 4 } }
    expect(await log.append('s', event('x'), late)).toEqual({ outcome: 'fenced', by: 5 })
    const sender = { id: 'a', n: 1, done: 0 }
    expect(await log.append('s', event('e4'), { producer: FREE, sender })).toMatchObject({
      outcome: 'appended',
      first: 4,
    })
    expect(await log.append('s', event('e4'), { producer: FREE, sender })).toMatchObject({
      outcome: 'duplicate',
      first: 4,
    })
    await log.close()
  })

  it('is copied before, and the copy stays until the first clean stop', async () => {
    old()
    const log = sqliteLog({ path, clock })
    await log.opened
    await log.append('s', event('new'), { producer: FREE })
    const copy = `${path}.v1`
    expect(existsSync(copy)).toBe(true)
    const { database } = openDatabase(copy, import.meta.url)
    expect(database.prepare('SELECT count(*) AS count FROM event').get()).toMatchObject({ count: 2 })
    expect(database.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: 1 })
    expect(database.prepare('PRAGMA application_id').get()).toMatchObject({ application_id: 1_212_574_823 })
    database.close()
    await log.close()
    expect(existsSync(copy)).toBe(false)
    const next = sqliteLog({ path, clock })
    expect(await next.head('s')).toMatchObject({ last: 4 })
    expect(existsSync(copy)).toBe(false)
    await next.close()
  })

  it('is left alone where there is no place for the copy', async () => {
    old()
    // What cannot be replaced stands where the copy goes.
    const { mkdirSync } = await import('node:fs')
    mkdirSync(`${path}.v1`)
    writeFileSync(join(`${path}.v1`, 'file'), '')
    const log = sqliteLog({ path, clock })
    await expect(log.opened).rejects.toMatchObject({ code: 'sqlite/open_failed' })
    await log.close()
    raw((database) => expect(database.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: 1 }))
  })

  it('that is newer than this package is refused in a sentence', async () => {
    old()
    raw((database) => database.exec('PRAGMA user_version = 3'))
    const log = sqliteLog({ path, clock })
    await expect(log.opened).rejects.toMatchObject({ code: 'sqlite/newer_version' })
    await expect(log.opened).rejects.toThrow(/version 2 .*got 3/)
    await log.close()
  })
})
