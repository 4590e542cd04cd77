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
  readonly #records: FlightRecord[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(record: Omit<FlightRecord, 'at'>): void {
    this.#records.push({ at: this.#clock.now(), ...record })
    if (this.#records.length > RECORDS) this.#records.shift()
  }

  get records(): readonly FlightRecord[] {
    return [...this.#records]
  }
}
