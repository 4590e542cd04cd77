import { type Head, LogError, type LogLimits, mergeInfo, type SessionRecord } from '@holdfast/log'
import { sessionInfo } from '@holdfast/log/internals'
import { answersOf, appendsOf } from './append-columns.ts'
import { asBytes, DamagedRecord, jsonIn, numberIn, textIn } from './column.ts'
import type { Database, Statement } from './database.ts'
import { EventStore } from './event-store.ts'
import type { OperationName, Operations } from './operations.ts'
import { headOf, SessionCache, type SessionState } from './session-cache.ts'

type Handlers = { readonly [K in OperationName]: (input: Operations[K]['in']) => Operations[K]['out'] }

/**
 * Answers every operation with SQL. Runs inside the worker's transaction: a LogError is thrown before anything was
 * written, any other error means that the transaction must be rolled back and {@link SessionStore.forget} called.
 */
export class SessionStore {
  readonly #limits: LogLimits
  readonly #onDamaged: (session: string, reason: string) => void
  readonly #events: EventStore
  readonly #cache: SessionCache
  readonly #sql: ReturnType<typeof prepareStatements>
  /** Rows of these cannot be deleted: the page they are on is damaged. */
  readonly #stuck = new Set<number>()
  #count: number | undefined
  #sweeping: number | undefined

  readonly #handlers: Handlers = {
    append: ({ session, appends, now }) => {
      const state = this.#cache.get(session)
      if (state !== undefined) return answersOf(this.#events.append(state, session, appendsOf(appends), now))
      return { first: 0, answers: appends.counts.map(() => ({ outcome: 'refused', reason: 'unknown-session' })) }
    },
    read: (input) => this.#events.read(this.#get(input.session), input),
    head: ({ session }) => headOf(this.#get(session)),
    lease: (input) => this.#lease(input),
    renew: ({ session, fence, ttlMs, now }) => {
      const state = this.#cache.get(session)
      return state !== undefined && changes(this.#sql.renew.run(now + ttlMs, state.sid, fence, now)) > 0
    },
    release: ({ session, fence }) => {
      const state = this.#cache.get(session)
      return state !== undefined && changes(this.#sql.release.run(state.sid, fence)) > 0
    },
    attach: (input) => this.#events.senders.attach(this.#get(input.session), input),
    detach: ({ session, id, visit, now }) =>
      this.#events.senders.detach(this.#cache.get(session), session, id, visit, now),
    snapshot: ({ session }) => {
      const row = this.#sql.snapshot.get(this.#get(session).sid)
      return row === undefined ? null : { n: numberIn(row, 'n'), text: textIn(row, 'state') }
    },
    putSnapshot: (input) => this.#putSnapshot(input),
    trim: (input) => this.#trim(input),
    create: (input) => this.#create(input),
    find: ({ session }) => this.#record(session),
    update: (input) => this.#update(input),
    list: (input) => this.#list(input),
    remove: ({ session }) => this.#remove(session),
  }

  constructor(database: Database, limits: LogLimits, onDamaged: (session: string, reason: string) => void) {
    this.#limits = limits
    this.#onDamaged = onDamaged
    this.#events = new EventStore(database, limits)
    this.#cache = new SessionCache(database)
    this.#sql = prepareStatements(database)
  }

  run<K extends OperationName>(op: K, input: Operations[K]['in']): Operations[K]['out'] {
    return this.#handlers[op](input)
  }

  /** After a rollback: what is remembered may not be what is stored. */
  forget(): void {
    this.#cache.clear()
    this.#count = undefined
  }

  /** Deletes a few rows that were trimmed or belonged to a removed session. True where there may be more. */
  sweep(): boolean {
    const row = this.#sql.sweeps.all().find((one) => !this.#stuck.has(numberIn(one, 'sid')))
    if (row === undefined) return false
    const sid = numberIn(row, 'sid')
    const below = numberIn(row, 'below')
    this.#sweeping = sid
    if (changes(this.#sql.sweepEvents.run(sid, below)) > 0) return true
    if (below === Number.MAX_SAFE_INTEGER) {
      if (changes(this.#sql.sweepKeys.run(sid, sid)) > 0) return true
      this.#sql.sweepProducers.run(sid)
      this.#events.senders.sweep(sid)
    }
    this.#sql.swept.run(sid)
    return true
  }

  /** The sweep before failed for good: the others go on without it, until the next start. */
  leaveSweep(): void {
    if (this.#sweeping !== undefined) this.#stuck.add(this.#sweeping)
  }

  #lease({ session, holder, ttlMs, now }: Operations['lease']['in']): Operations['lease']['out'] {
    const { sid } = this.#get(session)
    const held = this.#sql.lease.get(sid)
    if (held !== undefined && numberIn(held, 'until') > now && textIn(held, 'holder') !== holder) {
      const expiresInMs = numberIn(held, 'until') - now
      return { outcome: 'held', holder: textIn(held, 'holder'), fence: numberIn(held, 'fence'), expiresInMs }
    }
    const fence = this.#stamp()
    this.#sql.putLease.run(sid, holder, fence, now + ttlMs)
    return { outcome: 'granted', fence }
  }

  #putSnapshot({ session, n, text }: Operations['putSnapshot']['in']): boolean {
    const { sid, last } = this.#get(session)
    if (n > last) throw new LogError('log/bad_request', `expected a snapshot up to the head ${last}, got ${n}`)
    if (n <= this.#snapshotN(sid, -1)) return false
    this.#sql.putSnapshot.run(sid, n, text)
    return true
  }

  #trim(input: Operations['trim']['in']): Head {
    const state = this.#get(input.session)
    this.#events.trim(state, this.#snapshotN(state.sid, 0), input)
    return headOf(state)
  }

  #create({ session: id, epoch, info, now }: Operations['create']['in']): Operations['create']['out'] {
    const found = this.#record(id)
    if (found !== null) return { outcome: 'exists', session: found }
    const full = mergeInfo(null, info, this.#limits)
    if (this.#sessions() >= this.#limits.maxSessions) {
      throw new LogError('log/quota', `expected fewer than ${this.#limits.maxSessions} sessions; remove some first`)
    }
    this.#sql.create.run(this.#stamp(), id, epoch, now, now, full.status, JSON.stringify(full))
    this.#count = this.#sessions() + 1
    return { outcome: 'created', session: { ...full, id, epoch, createdAt: now, updatedAt: now } }
  }

  #update({ session: id, change, now }: Operations['update']['in']): SessionRecord {
    const before = this.#record(id)
    if (before === null) throw unknownSession(id)
    const info = mergeInfo(before, change, this.#limits)
    this.#sql.update.run(now, info.status, JSON.stringify(info), id)
    return { ...before, ...info, updatedAt: now }
  }

  #list({ before, limit, status, tag }: Operations['list']['in']): Operations['list']['out'] {
    const rows = this.#sql.list.all(before, status ?? null, status ?? null, tag ?? null, tag ?? null, limit + 1)
    const sessions = rows.slice(0, limit).flatMap((row) => this.#readable(row))
    if (rows.length <= limit) return { sessions }
    return { sessions, next: String(numberIn(rows[limit - 1], 'sid')) }
  }

  /** A list is not spoiled by one that is damaged: it is left out, and reported as such. */
  #readable(row: unknown): SessionRecord[] {
    try {
      return [recordOf(row)]
    } catch (error) {
      if (!(error instanceof DamagedRecord)) throw error
      this.#onDamaged(nameOf(row), error.message)
      return []
    }
  }

  /** Of the row alone, so that a damaged session can be removed too. */
  #remove(id: string): boolean {
    const row = this.#sql.sid.get(id)
    if (row === undefined) return false
    const sid = numberIn(row, 'sid')
    const count = this.#sessions()
    this.#sql.remove.run(sid)
    this.#sql.dropLease.run(sid)
    this.#sql.dropSnapshot.run(sid)
    this.#sql.sweepAll.run(sid, Number.MAX_SAFE_INTEGER)
    this.#cache.forget(id)
    this.#count = count - 1
    return true
  }

  #get(session: string): SessionState {
    const state = this.#cache.get(session)
    if (state === undefined) throw unknownSession(session)
    return state
  }

  #record(id: string): SessionRecord | null {
    const row = this.#sql.record.get(id)
    return row === undefined ? null : recordOf(row)
  }

  #snapshotN(sid: number, otherwise: number): number {
    const row = this.#sql.snapshotN.get(sid)
    return row === undefined ? otherwise : numberIn(row, 'n')
  }

  /** Never given twice, over all sessions: orders sessions and fences. */
  #stamp(): number {
    return numberIn(this.#sql.stamp.get(), 'stamp')
  }

  #sessions(): number {
    this.#count ??= numberIn(this.#sql.count.get(), 'count')
    return this.#count
  }
}

function unknownSession(id: string): LogError {
  return new LogError('log/unknown_session', `expected an existing session, got "${id}"; create it first`)
}

function changes(result: unknown): number {
  return numberIn(result, 'changes')
}

function recordOf(row: unknown): SessionRecord {
  const info = jsonIn(row, 'info', sessionInfo)
  const id = textIn(row, 'name')
  const epoch = textIn(row, 'epoch')
  return { ...info, id, epoch, createdAt: numberIn(row, 'created'), updatedAt: numberIn(row, 'updated') }
}

/** What a damaged session is called, as far as can be read. */
function nameOf(row: unknown): string {
  try {
    return textIn(row, 'name')
  } catch {
    return `number ${numberIn(row, 'sid')}`
  }
}

function prepareStatements(database: Database) {
  const prepare = (sql: string): Statement => database.prepare(sql)
  const columns = `sid, created, updated, ${asBytes('name', 'epoch', 'info')}`
  return {
    stamp: prepare('UPDATE counter SET stamp = stamp + 1 WHERE id = 1 RETURNING stamp'),
    count: prepare('SELECT count(*) AS count FROM session'),
    record: prepare(`SELECT ${columns} FROM session WHERE name = ?`),
    create: prepare(
      `INSERT INTO session (sid, name, epoch, created, updated, status, info, first, base_total, base_anchor)
       VALUES (?, ?, ?, ?, ?, ?, ?, 1, 0, '00000000')`,
    ),
    update: prepare('UPDATE session SET updated = ?, status = ?, info = ? WHERE name = ?'),
    list: prepare(
      `SELECT ${columns} FROM session WHERE sid < ? AND (? IS NULL OR status = ?)
       AND (? IS NULL OR NOT json_valid(info)
         OR EXISTS (SELECT 1 FROM json_each(CASE WHEN json_valid(info) THEN info END, '$.tags') WHERE value = ?))
       ORDER BY sid DESC LIMIT ?`,
    ),
    sid: prepare('SELECT sid FROM session WHERE name = ?'),
    remove: prepare('DELETE FROM session WHERE sid = ?'),
    lease: prepare(`SELECT fence, until, ${asBytes('holder')} FROM lease WHERE sid = ?`),
    putLease: prepare('INSERT OR REPLACE INTO lease (sid, holder, fence, until) VALUES (?, ?, ?, ?)'),
    renew: prepare('UPDATE lease SET until = ? WHERE sid = ? AND fence = ? AND until > ?'),
    release: prepare('DELETE FROM lease WHERE sid = ? AND fence = ?'),
    dropLease: prepare('DELETE FROM lease WHERE sid = ?'),
    snapshot: prepare(`SELECT n, ${asBytes('state')} FROM snapshot WHERE sid = ?`),
    snapshotN: prepare('SELECT n FROM snapshot WHERE sid = ?'),
    putSnapshot: prepare('INSERT OR REPLACE INTO snapshot (sid, n, state) VALUES (?, ?, ?)'),
    dropSnapshot: prepare('DELETE FROM snapshot WHERE sid = ?'),
    sweeps: prepare('SELECT sid, below FROM sweep LIMIT 1000'),
    sweepAll: prepare('INSERT OR REPLACE INTO sweep (sid, below) VALUES (?, ?)'),
    sweepEvents: prepare(
      'DELETE FROM event WHERE g IN (SELECT g FROM event WHERE sid = ? AND n < ? ORDER BY n LIMIT 500)',
    ),
    sweepKeys: prepare(
      'DELETE FROM keyed WHERE sid = ? AND key IN (SELECT key FROM keyed WHERE sid = ? ORDER BY key LIMIT 500)',
    ),
    sweepProducers: prepare('DELETE FROM producer WHERE sid = ?'),
    swept: prepare('DELETE FROM sweep WHERE sid = ?'),
  }
}
