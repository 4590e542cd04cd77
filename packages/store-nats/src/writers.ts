import type { Placed } from './chain-record.ts'
import type { Names } from './names.ts'
import { SessionWriter, type WriterHost } from './session-writer.ts'

/** What a writer counts for beside what it remembers, as so many entries of that. */
const WRITER_ENTRIES = 4

/**
 * The writers of the sessions in use. Where there are too many, or they remember too much together, those that are idle
 * make room, the one that was used longest ago first; what it knows is read again when it is needed.
 */
export class Writers {
  readonly #host: WriterHost
  readonly #names: Names
  readonly #writers = new Map<string, SessionWriter>()
  readonly #counted = new Map<SessionWriter, number>()
  #entries = 0

  constructor(host: WriterHost, names: Names) {
    this.#host = host
    this.#names = names
  }

  /** What all of them remember, in entries. */
  get entries(): number {
    return this.#entries
  }

  of(session: string): SessionWriter {
    const writer = this.#writers.get(session) ?? new SessionWriter(this.#host, this.#names.placeOf(session))
    this.#writers.delete(session)
    this.#writers.set(session, writer)
    this.#count(writer)
    this.#makeRoom(session)
    return writer
  }

  onRecord(session: string, placed: Placed): void {
    this.#writers.get(session)?.onRecord(placed)
  }

  /** Resolves when everything that was asked for is settled. */
  async settled(): Promise<void> {
    await Promise.all([...this.#writers.values()].map((writer) => writer.settled))
    if ([...this.#writers.values()].some(({ isIdle }) => !isIdle)) await this.settled()
  }

  get #isMuch(): boolean {
    const { maxCachedSessions, maxCachedEntries } = this.#host.settings
    return this.#writers.size > maxCachedSessions || this.#entries > maxCachedEntries
  }

  /** Counts what it remembers by now. */
  #count(writer: SessionWriter): void {
    const entries = WRITER_ENTRIES + writer.remembered
    this.#entries += entries - (this.#counted.get(writer) ?? 0)
    this.#counted.set(writer, entries)
  }

  #makeRoom(but: string): void {
    if (!this.#isMuch) return
    for (const [session, writer] of this.#writers) {
      if (session === but || !writer.isIdle) continue
      this.#writers.delete(session)
      this.#entries -= this.#counted.get(writer) ?? 0
      this.#counted.delete(writer)
      if (!this.#isMuch) return
    }
  }
}
