import { randomId } from '@holdfast/contract'
import {
  type CreateResult,
  EMPTY_EVENT_HASH,
  LogError,
  mergeInfo,
  type SessionInfo,
  type SessionRecord,
} from '@holdfast/log'
import type { Mark } from './chain-record.ts'
import { isFull } from './failed-request.ts'
import type { Leases } from './leases.ts'
import type { Place } from './names.ts'
import type { IndexEntry, SessionIndex } from './session-index.ts'
import type { SessionWriter, WriterHost } from './session-writer.ts'

/**
 * Opens, describes and removes sessions. The session's own records say whether it is there and in which life; the index
 * is written after them and repaired where a gateway died in between.
 */
export class Sessions {
  readonly #host: WriterHost
  readonly #index: SessionIndex
  readonly #leases: Leases

  constructor(host: WriterHost, index: SessionIndex, leases: Leases) {
    this.#host = host
    this.#index = index
    this.#leases = leases
  }

  create(id: string, info: Partial<SessionInfo>, writer: SessionWriter): Promise<CreateResult> {
    const { clock, random, limits } = this.#host.settings
    return writer.inTurn(async () => {
      const { mark } = await writer.current()
      if (mark !== null) return { outcome: 'exists', session: await this.#described(id, writer.place, mark) }
      const full = mergeInfo(null, info, limits)
      await this.#index.checkRoom()
      const stamp = await this.#leases.stamp(writer.place.token)
      const now = clock.epoch()
      const session = { ...full, id, epoch: randomId(random, 12), createdAt: now, updatedAt: now }
      const opened = { stamp, record: session }
      const mine = firstMark(session.epoch, stamp)
      const there = await writer.commit((state) => {
        if (state.mark !== null) return { draft: null, answer: state.mark }
        return { draft: { mark: mine, opened }, answer: mine }
      })
      const outcome = there === mine ? 'created' : 'exists'
      const entry = there === mine ? opened : undefined
      return { outcome, session: await this.#described(id, writer.place, there, entry) }
    })
  }

  async find(id: string, place: Place): Promise<SessionRecord | null> {
    const [last, { value, revision }] = await Promise.all([
      this.#host.reader.last(place),
      this.#index.bucket.get(place.token),
    ])
    const mark = last?.record.mark
    if (mark !== undefined && mark.isRemoved !== true) {
      return value?.record.epoch === mark.epoch ? value.record : this.#described(id, place, mark)
    }
    // The gateway that removed it died before the index knew.
    if (value !== undefined) await this.#index.bucket.delete(place.token, revision)
    return null
  }

  async update(id: string, change: Partial<SessionInfo>, place: Place): Promise<SessionRecord> {
    for (;;) {
      const before = await this.find(id, place)
      const { value, revision } = await this.#index.bucket.get(place.token)
      if (before === null || value === undefined) throw unknown(id)
      const info = mergeInfo(value.record, change, this.#host.settings.limits)
      const record = { ...value.record, ...info, updatedAt: this.#host.settings.clock.epoch() }
      const stored = await this.#index.bucket.update(place.token, { ...value, record }, revision)
      if (stored !== 'moved') return record
    }
  }

  async remove(writer: SessionWriter): Promise<boolean> {
    const { place } = writer
    const removed = await writer.inTurn(async () => {
      const { value, revision } = await this.#index.bucket.get(place.token)
      const before = await this.#end(writer)
      if (value !== undefined) await this.#index.bucket.delete(place.token, revision)
      if (before !== null) await this.#leases.free(place.token)
      return before
    })
    if (removed === null) return false
    await this.#host.blobs.dropAll(place, removed.epoch)
    return true
  }

  /** Writes that the session is removed, and releases its records. Where there is no room for that, they all go. */
  async #end(writer: SessionWriter): Promise<{ readonly seq: number; readonly epoch: string } | null> {
    const { streams } = this.#host.link.jsm
    const { stream, subject: filter } = writer.place
    try {
      const before = await writer.commit((state) => {
        if (state.mark === null) return { draft: null, answer: null }
        const answer = { seq: state.seq, epoch: state.mark.epoch }
        return { draft: { mark: { ...state.mark, isRemoved: true } }, answer }
      })
      // Space only. The record that says so stays: it is small, and what is before it is what must go.
      if (before !== null) await streams.purge(stream, { filter, seq: before.seq + 1 }).catch(() => {})
      return before
    } catch (error) {
      if (!isFull(error)) throw error
      const { seq, mark } = await writer.current()
      if (mark === null) return null
      await this.#host.link.trying({ operation: 'append', stream }, () => streams.purge(stream, { filter }))
      return { seq, epoch: mark.epoch }
    }
  }

  /** The description of a session that is there. The gateway that opened it may have died before it stood in the index. */
  async #described(id: string, place: Place, mark: Mark, opened?: IndexEntry): Promise<SessionRecord> {
    const { value, revision } = await this.#index.bucket.get(place.token)
    if (value?.record.epoch === mark.epoch) return value.record
    const entry = opened ?? (await this.#opened(place, mark)) ?? this.#nameless(id, mark)
    if ((await this.#index.bucket.update(place.token, entry, revision)) !== 'moved') return entry.record
    return this.#described(id, place, mark, opened)
  }

  async #opened(place: Place, { epoch }: Mark): Promise<IndexEntry | undefined> {
    let found = await this.#host.reader.next(place, 1)
    while (found !== null && found.record.mark.epoch !== epoch) {
      found = await this.#host.reader.next(place, found.seq + 1)
    }
    return found?.record.opened
  }

  #nameless(id: string, { epoch, fence }: Mark): IndexEntry {
    const now = this.#host.settings.clock.epoch()
    const info = mergeInfo(null, {}, this.#host.settings.limits)
    return { stamp: fence, record: { ...info, id, epoch, createdAt: now, updatedAt: now } }
  }
}

export function unknown(session: string): LogError {
  return new LogError('log/unknown_session', `expected an existing session, got "${session}"; create it first`)
}

function firstMark(epoch: string, fence: number): Mark {
  const eventHashes = { anchor: EMPTY_EVENT_HASH, anchorBefore: EMPTY_EVENT_HASH }
  return { epoch, first: 1, last: 0, total: 0, trimmed: 0, fence, ...eventHashes }
}
