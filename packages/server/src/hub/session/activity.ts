import type { LogEvent, SessionLog, SessionRecord } from '@holdfast/log'

/** A list of sessions need not know it more precisely, and each note is a write. In milliseconds. */
const NOTE_EVERY_MS = 60_000

/** What {@link Activity} needs of its session. */
export interface ActivityHost {
  record: SessionRecord
  readonly context: { readonly log: SessionLog }
}

/**
 * When something last happened in a session: exactly while it is in memory, and to the minute in its description, for
 * whoever lists it later or at another gateway.
 */
export class Activity {
  readonly #host: ActivityHost
  #at = 0
  #notedAt = 0

  constructor(host: ActivityHost) {
    this.#host = host
  }

  /** Milliseconds since 1970. */
  get at(): number {
    return Math.max(this.#at, this.#host.record.updatedAt)
  }

  /** An event of the session, from anywhere. */
  seen({ at }: Pick<LogEvent, 'at'>): void {
    this.#at = Math.max(this.#at, at)
  }

  /** This gateway has written one. A note that fails is made again with a later event. */
  wrote(now: number): void {
    const { record, context } = this.#host
    if (now - Math.max(this.#notedAt, record.updatedAt) < NOTE_EVERY_MS) return
    this.#notedAt = now
    context.log.updateSession(record.id, {}).then(
      ({ updatedAt }) => {
        this.#host.record = { ...this.#host.record, updatedAt }
      },
      () => {
        this.#notedAt = 0
      },
    )
  }
}
