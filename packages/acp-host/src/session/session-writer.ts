import { type Clock, type HoldfastError, pause } from '@holdfast/contract'
import { type AppendResult, isLogError, type Replica, type ReplicaRecord } from '@holdfast/log'
import { acpError } from '../errors.ts'
import type { AcpState, Applied } from '../state/acp-state.ts'
import { type AcpRecord, storedOf } from '../state/records.ts'
import { storable } from './hub/fitting.ts'
import type { HubStored } from './hub/hub-events.ts'

/** Of one append, with room for what JSON makes of it. */
const MAX_APPEND_CHARS = 1_000_000
const MAX_APPEND_RECORDS = 500
/** A log that does not answer is asked again after so long. */
const RETRY_MS = 250

export interface SessionWriterParts {
  readonly replica: Replica<AcpState, Applied>
  readonly fence: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** The log is full. */
  makeRoom(): Promise<void>
  /** Another server leads the session. */
  lost(): void
}

/** A record, and what the hub shows of it. */
export interface ShownRecord {
  readonly record: AcpRecord
  readonly shown: readonly HubStored[]
}

/** How something is written. */
export interface AcpWriteOptions {
  /** The same key again is the same record, for every writer. */
  readonly key?: string | undefined
  /** Whose keys are remembered together. */
  readonly keyScope?: string | undefined
}

/** Writes a session's log, under the lead's fence: what is not written is tried until it is, or until another process leads. */
export class SessionWriter {
  readonly #parts: SessionWriterParts

  constructor(parts: SessionWriterParts) {
    this.#parts = parts
  }

  /**
   * Writes records, then events that the hub shows. Resolves when they are applied too.
   * @returns the number of the last one, and whether it was there before
   * @throws `acp/unavailable` where this server does not lead the session any more
   */
  write(
    records: readonly AcpRecord[],
    shown: readonly HubStored[] = [],
    options: AcpWriteOptions = {},
  ): Promise<{ readonly n: number; readonly isKnown: boolean }> {
    return this.#write([...records.flatMap(storedOf).map(entryOf), ...shown.map(shownEntry)], options)
  }

  /** Writes records, each with what the hub shows of it behind it. @throws as {@link write} */
  async writePairs(pairs: readonly ShownRecord[]): Promise<void> {
    const entries = pairs.flatMap(({ record, shown }) => [...storedOf(record).map(entryOf), ...shown.map(shownEntry)])
    await this.#write(entries, {})
  }

  async #write(
    entries: readonly ReplicaRecord[],
    options: AcpWriteOptions,
  ): Promise<{ readonly n: number; readonly isKnown: boolean }> {
    let last = 0
    let isKnown = false
    for (const [at, batch] of batchesOf(entries).entries()) {
      const key = options.key === undefined || at === 0 ? options.key : `${options.key}+${at}`
      const result = await this.#append(batch, { ...options, key })
      isKnown = result.outcome === 'duplicate'
      last = result.last ?? last
    }
    await this.#parts.replica.reached(last)
    return { n: last, isKnown }
  }

  async #append(
    records: readonly ReplicaRecord[],
    { key, keyScope }: AcpWriteOptions,
  ): Promise<Extract<AppendResult, { readonly outcome: 'appended' | 'duplicate' }>> {
    const { replica, fence, clock, signal, makeRoom, lost } = this.#parts
    for (;;) {
      if (signal.aborted) throw acpError('acp/unavailable', 'The session is not served here any more.')
      const result = await replica.append(records, { fence, key, keyScope }).catch((error: unknown) => {
        // A mistake in them is one at every time.
        if (isLogError(error, 'log/bad_event', 'log/bad_request')) throw refused(String(error))
        return undefined
      })
      if (result?.outcome === 'appended' || result?.outcome === 'duplicate') return result
      if (result?.outcome === 'fenced') lost()
      else if (result?.outcome === 'refused') {
        if (result.reason !== 'quota') throw refused(result.reason)
        await makeRoom().catch(() => {})
      }
      await pause(clock, RETRY_MS, signal)
    }
  }
}

function refused(why: string): HoldfastError {
  return acpError('acp/unavailable', `The session's log refuses this: ${why}.`)
}

function entryOf(record: AcpRecord): ReplicaRecord {
  return { kind: record.t, payload: record }
}

function shownEntry(record: HubStored): ReplicaRecord {
  const { t, event } = record
  return { kind: t === 'event' && typeof event === 'string' ? event : `hub.${t}`, payload: storable(record) }
}

function batchesOf(records: readonly ReplicaRecord[]): readonly (readonly ReplicaRecord[])[] {
  const batches: ReplicaRecord[][] = []
  let chars = Number.POSITIVE_INFINITY
  for (const record of records) {
    const { length } = JSON.stringify(record.payload)
    const batch = batches.at(-1)
    if (batch === undefined || chars + length > MAX_APPEND_CHARS || batch.length >= MAX_APPEND_RECORDS) {
      batches.push([record])
      chars = length
    } else {
      batch.push(record)
      chars += length
    }
  }
  return batches
}
