import type { Placed } from './chain-record.ts'
import type { Names } from './names.ts'
import { SessionWriter, type WriterHost } from './session-writer.ts'

/** The writers of the sessions in use. One that is idle makes room; what it knows is read again when it is needed. */
export class Writers {
  readonly #host: WriterHost
  readonly #names: Names
  readonly #writers = new Map<string, SessionWriter>()

  constructor(host: WriterHost, names: Names) {
    this.#host = host
    this.#names = names
  }

  of(session: string): SessionWriter {
    const writer = this.#writers.get(session) ?? new SessionWriter(this.#host, this.#names.placeOf(session))
    this.#writers.delete(session)
    this.#writers.set(session, writer)
    if (this.#writers.size > this.#host.settings.maxCachedSessions) this.#makeRoom(session)
    return writer
  }

  hear(session: string, placed: Placed): void {
    this.#writers.get(session)?.hear(placed)
  }

  /** Resolves when everything that was asked for is settled. */
  async settled(): Promise<void> {
    await Promise.all([...this.#writers.values()].map((writer) => writer.settled))
    if ([...this.#writers.values()].some(({ isIdle }) => !isIdle)) await this.settled()
  }

  #makeRoom(but: string): void {
    for (const [session, writer] of this.#writers) {
      if (session === but || !writer.isIdle) continue
      this.#writers.delete(session)
      return
    }
  }
}
