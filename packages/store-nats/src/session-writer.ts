import { randomId } from '@holdfast/contract'
import type { AppendAnswer } from '@holdfast/log'
import type { Blobs } from './blobs.ts'
import type { ChainReader } from './chain-reader.ts'
import { type BlobRef, encodeRecord, type Mark, type Placed, type RecordDraft, recordOf } from './chain-record.ts'
import type { ConnectedSenders } from './connected-senders.ts'
import type { Deadline } from './deadline.ts'
import { type AppendDecisions, decideAppends, type ReadyAppend } from './decide-appends.ts'
import type { Link } from './link.ts'
import type { Place } from './names.ts'
import type { Settings } from './options.ts'
import type { SessionLoader } from './session-loader.ts'
import type { SessionState } from './session-state.ts'
import type { Turns } from './turns.ts'

/** An append that others come before for so long is reported as a stall. */
const STALLED_MS = 2_000
const STALLED = 'appends of a session wait: other gateways write it all the time'

/** What all writers of a store share. */
export interface WriterHost {
  readonly link: Link
  readonly reader: ChainReader
  readonly loader: SessionLoader
  readonly blobs: Blobs
  readonly connectedSenders: ConnectedSenders
  readonly turns: Turns
  readonly settings: Settings
}

/** Where the memory of a session is stored, as a mark refers to it. */
export type Checkpoint = Pick<Mark, 'memory' | 'senders'>

/** A change that is decided on the state: what to write, if anything, and what to answer when that is true. */
export interface Decision<T> {
  readonly draft: RecordDraft | null
  readonly answer: T
}

interface Waiting {
  readonly ready: readonly ReadyAppend[]
  readonly settle: (answers: readonly AppendAnswer[]) => void
  readonly fail: (error: unknown) => void
}

/**
 * Writes one session's records, one at a time. Each names the record that must be the last (the server checks it), so a
 * decision that was made on an old state is never stored: it is made again on the new one.
 */
export class SessionWriter {
  readonly place: Place
  readonly #host: WriterHost
  readonly #queue: Waiting[] = []
  #state: SessionState | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #isDraining = false
  #pending = 0

  constructor(host: WriterHost, place: Place) {
    this.#host = host
    this.place = place
  }

  /** Nothing is under way. */
  get isIdle(): boolean {
    return this.#pending === 0
  }

  /** Entries that it remembers of its session's appends. */
  get remembered(): number {
    return this.#state?.memory.size ?? 0
  }

  /** Resolves when everything that was asked for so far is settled. */
  get settled(): Promise<unknown> {
    return this.#turn
  }

  /** Joins what queued while the record before was being stored. */
  append(ready: readonly ReadyAppend[]): Promise<readonly AppendAnswer[]> {
    return new Promise((settle, fail) => {
      this.#queue.push({ ready, settle, fail })
      if (this.#isDraining) return
      this.#isDraining = true
      void this.inTurn(() => this.#drain())
    })
  }

  /** Runs `work` when everything before it is done; nothing else is written meanwhile. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#pending++
    const result = this.#turn.then(work).finally(() => {
      this.#pending--
    })
    this.#turn = result.catch(() => {})
    return result
  }

  /** The state at the head. Inside of a turn only. */
  async current(deadline: Deadline = this.#host.link.deadline()): Promise<SessionState> {
    const state = await this.#host.loader.current(this.place, this.#state, deadline)
    this.#state = state
    return state
  }

  /**
   * Decides on the head and stores what was decided, after those at other gateways who wait for their turn. Inside of a turn
   * only. @throws LogError `log/unavailable`
   */
  async commit<T>(decide: (state: SessionState) => Decision<T>): Promise<T> {
    const { link, turns, settings } = this.#host
    const { token, subject } = this.place
    const deadline = link.deadline()
    const written = await turns.giveWay(token, deadline)
    const { now } = settings.timers
    let lostAt: number | undefined
    try {
      return await this.#decided(decide, deadline, {
        asks: written > (this.#state?.seq ?? 0),
        lost: () => {
          lostAt ??= now()
          turns.wait(token)
          if (now() - lostAt >= STALLED_MS) link.troubles.stalled(subject, STALLED)
        },
      })
    } finally {
      if (lostAt !== undefined) turns.over(token, this.#state?.seq)
      link.troubles.stalled(subject, undefined)
    }
  }

  async #decided<T>(
    decide: (state: SessionState) => Decision<T>,
    deadline: Deadline,
    how: { readonly asks: boolean; readonly lost: () => void },
  ): Promise<T> {
    let { asks } = how
    for (;;) {
      const known = asks ? undefined : this.#state
      const state = known ?? (await this.current(deadline))
      const { draft, answer } = decide(state)
      if (draft === null) {
        // Nothing that was stored proves that the state was the newest: ask.
        if (known === undefined) return answer
      } else if (await this.#store(state, draft, deadline)) return answer
      else how.lost()
      asks = true
    }
  }

  /** A record that the stream published. Saves reading it. */
  onRecord(placed: Placed): void {
    if (this.#state !== undefined && !this.#state.take(placed)) this.#state = undefined
  }

  /** What the memory holds, beside the records; the next record refers to it. */
  async checkpoint(state: SessionState): Promise<Checkpoint> {
    const { seq, mark, memory } = state
    if (mark === null) return {}
    const { blobs, settings } = this.#host
    const put = (value: unknown): Promise<BlobRef> => blobs.put(this.place, mark.epoch, JSON.stringify(value))
    const stored = { memory: { seq, ref: await put(memory.all(settings.clock.epoch())) } }
    if (mark.senders === undefined) return stored
    const senders = memory.allSenders()
    return { ...stored, senders: senders.length === 0 ? { seq } : { seq, ref: await put(senders) } }
  }

  /** Releases what no record refers to any more. */
  async drop(epoch: string, { memory, senders }: Checkpoint): Promise<void> {
    await this.#host.blobs.drop(this.place, epoch, memory?.ref)
    await this.#host.blobs.drop(this.place, epoch, senders?.ref)
  }

  /** One record. What queued meanwhile comes after whatever else asked for a turn. */
  async #drain(): Promise<void> {
    const group = this.#nextGroup()
    try {
      await this.#renewCheckpoint()
      const appends = group.flatMap(({ ready }) => ready)
      const answers = await this.commit((state) => this.#decide(state, appends))
      let at = 0
      for (const { ready, settle } of group) {
        settle(answers.slice(at, at + ready.length))
        at += ready.length
      }
    } catch (error) {
      // What queued meanwhile was to come after: it is not written before.
      for (const { fail } of [...group, ...this.#queue.splice(0)]) fail(error)
    }
    this.#isDraining = this.#queue.length > 0
    if (this.#isDraining) void this.inTurn(() => this.#drain())
  }

  #decide(state: SessionState, appends: readonly ReadyAppend[]): Decision<AppendDecisions['answers']> {
    const { settings, connectedSenders } = this.#host
    const isHere = (sender: string): boolean => connectedSenders.has(this.place.token, sender)
    const how = { now: settings.clock.epoch(), limits: settings.limits, isHere }
    const { answers, draft } = decideAppends(state, appends, how)
    return { draft, answer: answers }
  }

  /** As many as fit into one message, one at least. */
  #nextGroup(): readonly Waiting[] {
    const most = this.#host.link.maxRecordBytes
    let bytes = 0
    let count = 0
    for (const { ready } of this.#queue) {
      bytes += ready.reduce((sum, one) => sum + one.bytes, 0)
      if (count > 0 && bytes > most) break
      count++
    }
    return this.#queue.splice(0, count)
  }

  async #renewCheckpoint(): Promise<void> {
    const state = this.#state
    if (state?.isCheckpointDue !== true || state.mark === null) return
    const { seq, mark } = state
    const stored = await this.checkpoint(state)
    // Another one may have come in between; then the next turn tries again.
    const isStored = await this.commit((now) => {
      const isSame = now.seq === seq && stored.memory !== undefined
      return { draft: isSame ? { mark: { ...mark, ...stored } } : null, answer: isSame }
    })
    await this.drop(mark.epoch, isStored ? mark : stored)
  }

  /** True when it is stored, whichever server answered; false when another record stands there. */
  async #store(state: SessionState, draft: RecordDraft, deadline: Deadline): Promise<boolean> {
    const { link, reader, settings } = this.#host
    const id = randomId(settings.random, 16)
    const { seq: prev } = state
    try {
      const text = encodeRecord(id, prev, draft)
      const { stream, subject, token } = this.place
      const published = await link.publish(stream, subject, text, { id: `${token} ${id}`, prev, deadline })
      if (published === 'moved') {
        // Perhaps by ourselves, in a try that was not answered.
        const there = await reader.next(this.place, prev + 1, deadline)
        if (there !== null) this.onRecord(there)
        if (there?.record.id !== id) return false
      } else this.onRecord({ seq: published.seq, record: recordOf(id, prev, draft) })
      return true
    } catch (error) {
      // It may be stored yet: read before anything else is decided.
      this.#state = undefined
      throw error
    }
  }
}
