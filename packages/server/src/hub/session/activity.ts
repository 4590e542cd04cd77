import type { SessionLog, SessionRecord } from '@holdfast/log'

/** A list of sessions need not know it more precisely, and each note is a write. In milliseconds. */
const NOTE_EVERY_MS = 60_000

/** What {@link Activity} needs of its session. */
export interface ActivityHost {
  record: SessionRecord
  readonly context: { readonly log: SessionLog }
  readonly state: { readonly at: number }
}

/**
 * When something last happened in a session: exactly while it is in memory, and to the minute in its description, for
 * lists that are made later or at another gateway.
 */
export class Activity {
  readonly #host: ActivityHost
  /** Before this time the description need not be noted again, in milliseconds since 1970. */
  noteDueAt = 0

  constructor(host: ActivityHost) {
    this.#host = host
  }

  /** Milliseconds since 1970. */
  get at(): number {
    return Math.max(this.#host.state.at, this.#host.record.updatedAt)
  }

  /** This gateway has written one. A note that fails is made again with a later event. */
  note(now: number): void {
    const { record, context } = this.#host
    const due = record.updatedAt + NOTE_EVERY_MS
    this.noteDueAt = now < due ? due : now + NOTE_EVERY_MS
    if (now < due) return
    context.log.updateSession(record.id, {}).then(
      ({ updatedAt }) => {
        this.#host.record = { ...this.#host.record, updatedAt }
      },
      () => {
        this.noteDueAt = 0
      },
    )
  }
}
