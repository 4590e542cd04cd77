import type { Clock } from '@holdfast/contract'
import type { Cause } from '../client-protocol.ts'
import type { Status } from './status.ts'

/** One thing that happened. `explainRecord` puts it in words. */
export interface FlightRecord {
  /** Milliseconds on the connection's clock. */
  readonly at: number
  readonly status?: Status | undefined
  readonly cause?: Cause | undefined
  readonly note?: string | undefined
}

const RECORDS = 256

/** The last 256 things that happened to a connection, for a bug report. */
export class FlightRecorder {
  readonly #clock: Clock
  /** Time and thing by turns: smaller than an object for each. */
  #log: readonly (number | Status | Cause | string)[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(what: Status | Cause | string): void {
    // A copy is exact; a pushed-to array keeps room for more than an idle connection ever needs.
    this.#log = this.#log.slice(2 - 2 * RECORDS).concat(Math.round(this.#clock.now()), what)
  }

  get records(): readonly FlightRecord[] {
    return this.#log.flatMap((what, index) => {
      if (typeof what === 'number') return []
      const at = Number(this.#log[index - 1])
      if (typeof what === 'string') return { at, note: what }
      return 'state' in what ? { at, status: what } : { at, cause: what }
    })
  }
}
