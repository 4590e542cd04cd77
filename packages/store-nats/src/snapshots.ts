import { boundedJson, checkCount, type Head, LogError, type Retention, type Snapshot } from '@holdfast/log'
import type { BlobRef, Mark, Placed } from './chain-record.ts'
import { RETRY_AFTER_MS } from './link.ts'
import type { Place } from './names.ts'
import type { SessionWriter, WriterHost } from './session-writer.ts'
import { unknown } from './sessions.ts'
import { jsonOf } from './stored-json.ts'
import { type Cut, cutFor, headOf } from './trimming.ts'

/** Something that is replaced while it is read or written is tried again this often. */
const ATTEMPTS = 8

/** Snapshots of sessions, and what may go because of them. */
export class Snapshots {
  readonly #host: WriterHost

  constructor(host: WriterHost) {
    this.#host = host
  }

  async get(session: string, place: Place): Promise<Snapshot | null> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { epoch, snapshot } = (await this.#last(session, place)).record.mark
      if (snapshot === undefined) return null
      const text = await this.#host.blobs.get(place, epoch, snapshot.ref)
      if (text !== null) return { n: snapshot.n, state: jsonOf('snapshot', text) }
    }
    // The server let go of it by its own bounds.
    return null
  }

  async put(session: string, writer: SessionWriter, n: number, state: unknown): Promise<boolean> {
    checkCount('n', n)
    const { place } = writer
    const { mark } = (await this.#last(session, place)).record
    if (n > mark.last)
      throw new LogError('log/bad_request', `expected a snapshot up to the head ${mark.last}, got ${n}`)
    const text = boundedJson('a snapshot', state, this.#host.settings.limits.maxSnapshotBytes)
    if (!isNewer(mark, n)) return false
    const ref = await this.#host.blobs.put(place, mark.epoch, text)
    const answer = await writer.inTurn(() =>
      writer.commit(({ mark: now }) => snapshotDecision(now, mark.epoch, n, ref)),
    )
    await this.#host.blobs.drop(place, mark.epoch, answer === null ? ref : answer.drop)
    if (answer === null) throw unknown(session)
    return answer.isNew
  }

  async trim(session: string, writer: SessionWriter, retention: Retention): Promise<Head> {
    const { settings, reader, link } = this.#host
    const { place } = writer
    const last = await this.#last(session, place)
    const cut = await cutFor(reader, place, last, retention, settings.clock.epoch())
    if (cut === undefined) return headOf(last.record.mark)
    const mark = await writer.inTurn(() => this.#cut(session, writer, last.record.mark.epoch, cut))
    await link.jsm.streams.purge(place.stream, { filter: place.subject, seq: cut.purgeBefore }).catch(() => {})
    return headOf(mark)
  }

  /** Producers and keys of what goes must be known without it, so the memory is stored first. */
  async #cut(session: string, writer: SessionWriter, epoch: string, { purgeBefore: _, ...extent }: Cut): Promise<Mark> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const state = await writer.current()
      if (state.mark?.epoch !== epoch) throw unknown(session)
      if (state.mark.first >= extent.first) return state.mark
      const { seq, mark: old } = state
      const stored = await writer.checkpoint(state)
      const cut = await writer.commit((now) => {
        const mark = now.seq === seq && now.mark !== null ? { ...now.mark, ...extent, ...stored } : null
        return { draft: mark === null ? null : { mark }, answer: mark }
      })
      await writer.drop(epoch, cut === null ? stored : old)
      if (cut !== null) return cut
    }
    const message = 'expected to trim the log, others wrote to it all the time'
    throw new LogError('log/unavailable', message, { retryAfterMs: RETRY_AFTER_MS })
  }

  async #last(session: string, place: Place): Promise<Placed> {
    const last = await this.#host.reader.last(place)
    if (last === null || last.record.mark.isRemoved === true) throw unknown(session)
    return last
  }
}

function isNewer({ snapshot }: Mark, n: number): boolean {
  return snapshot === undefined || snapshot.n < n
}

function snapshotDecision(
  now: Mark | null,
  epoch: string,
  n: number,
  ref: BlobRef,
): {
  readonly draft: { readonly mark: Mark } | null
  readonly answer: { readonly isNew: boolean; readonly drop: BlobRef | undefined } | null
} {
  if (now?.epoch !== epoch) return { draft: null, answer: null }
  if (!isNewer(now, n)) return { draft: null, answer: { isNew: false, drop: ref } }
  return { draft: { mark: { ...now, snapshot: { n, ref } } }, answer: { isNew: true, drop: now.snapshot?.ref } }
}
