import type { LogLimits } from '@holdfast/log'
import { AppendMemory } from './append-memory.ts'
import type { Blobs } from './blobs.ts'
import type { ChainReader } from './chain-reader.ts'
import type { Mark, Placed } from './chain-record.ts'
import type { Deadline } from './deadline.ts'
import { remembered, senderEntries } from './generated/checks.ts'
import type { Place } from './names.ts'
import { SessionState } from './session-state.ts'
import { storedJson } from './stored-json.ts'

/** Times that a state is read anew where records vanish while they are read (a trim elsewhere). */
const ATTEMPTS = 5

/** Brings what a writer knows of a session up to the head, reading as little as possible. */
export class SessionLoader {
  readonly #reader: ChainReader
  readonly #blobs: Blobs
  readonly #limits: LogLimits

  constructor(reader: ChainReader, blobs: Blobs, limits: LogLimits) {
    this.#reader = reader
    this.#blobs = blobs
    this.#limits = limits
  }

  /** The state at the head, as the leader knows it at this moment; `known` itself where nothing was missing. */
  async current(place: Place, known: SessionState | undefined, deadline: Deadline): Promise<SessionState> {
    let from = known
    for (let attempt = 1; ; attempt++) {
      const last = await this.#reader.last(place, deadline)
      if (last === null || last.record.mark.isRemoved === true) {
        return new SessionState(this.#limits, last?.seq ?? 0)
      }
      if (from?.seq === last.seq) return from
      const state = from ?? (await this.#checkpoint(place, last))
      if (state !== null && (await this.#follow(place, state, last))) return state
      if (attempt === ATTEMPTS) return this.#withoutMemory(last)
      from = undefined
    }
  }

  /** A state to begin from: the last checkpoint, or nothing. */
  async #checkpoint(place: Place, { record: { mark } }: Placed): Promise<SessionState | null> {
    const { epoch, memory } = mark
    if (memory === undefined) return new SessionState(this.#limits)
    const text = await this.#blobs.get(place, epoch, memory.ref)
    if (text === null) return null
    const stored = storedJson('checkpoint', remembered, text)
    const state = new SessionState(this.#limits, memory.seq, mark, new AppendMemory(this.#limits, stored))
    return (await this.#senders(place, state, mark)) ? state : null
  }

  /**
   * Senders have a checkpoint of their own. It is older where gateways of a version without senders stored the memory
   * since; what they trimmed meanwhile is missing, and then nothing that is known of senders can be trusted.
   */
  async #senders(place: Place, state: SessionState, { epoch, senders }: Mark): Promise<boolean> {
    if (senders === undefined) return true
    const { memory } = state
    if (senders.ref !== undefined) {
      const text = await this.#blobs.get(place, epoch, senders.ref)
      if (text === null) return false
      memory.rememberSenders({ senders: storedJson('senders', senderEntries, text), dropped: [] })
    }
    let at = senders.seq
    if (at >= state.seq) return true
    for await (const { seq, record } of this.#reader.records(place, at + 1, state.seq)) {
      if (record.prev !== at) break
      memory.rememberSenders(record)
      at = seq
    }
    state.isMended = true
    if (at !== state.seq) memory.forgetSenders()
    return true
  }

  async #follow(place: Place, state: SessionState, last: Placed): Promise<boolean> {
    for await (const placed of this.#reader.records(place, state.seq + 1, last.seq)) {
      // What an earlier life left is on its way out.
      if (placed.record.mark.epoch === last.record.mark.epoch && !state.take(placed)) return false
    }
    return state.seq === last.seq
  }

  /** The server's own bounds (age, records) removed what was to be read: producers and keys are forgotten with it. */
  #withoutMemory({ seq, record }: Placed): SessionState {
    const memory = new AppendMemory(this.#limits)
    memory.remember(record)
    const state = new SessionState(this.#limits, seq, record.mark, memory)
    state.isMended = record.mark.senders !== undefined
    return state
  }
}
