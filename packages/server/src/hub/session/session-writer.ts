import type { AppendResult, Replica, WriteOptions } from '@holdfast/log'
import { type Fields, hubEventCategory } from '@holdfast/protocol/hub'
import { refusalOf } from '../errors.ts'
import { type FileRecord, type HubRecord, logKindOf } from '../state/records.ts'
import type { SessionState } from '../state/session-state.ts'
import type { Activity } from './activity.ts'
import type { PublishOptions, SessionCore } from './session-core.ts'

/** A part of a file in one event: below the log's bound for one, whatever its characters. */
const MAX_PART_CHARS = 40_000

/** What {@link SessionWriter} needs of its session. */
interface WrittenSession extends Pick<SessionCore, 'context' | 'head' | 'reached'> {
  readonly activity: Activity
}

/** All that this process writes into a session, in the order in which it was asked for. */
export class SessionWriter {
  readonly #session: WrittenSession
  readonly #replica: Pick<Replica<SessionState, HubRecord | undefined>, 'append'>

  constructor(session: WrittenSession, replica: Pick<Replica<SessionState, HubRecord | undefined>, 'append'>) {
    this.#session = session
    this.#replica = replica
  }

  /** All of them or none, after all that was asked for before. */
  async write(records: readonly HubRecord[], options: WriteOptions = {}): Promise<AppendResult> {
    const { context, activity } = this.#session
    const written = records.map((payload) => ({ kind: logKindOf(payload), payload }))
    const result = await this.#replica.append(written, options)
    context.metrics.appended(result.outcome)
    const now = context.clock.epoch()
    if (result.outcome === 'appended' && now >= activity.noteDueAt) activity.note(now)
    return result
  }

  /** A change of a file, in parts where it is larger than one event may be. */
  file(record: FileRecord, options: WriteOptions): Promise<AppendResult> {
    return this.write(fileParts(record), options)
  }

  /** An event of the hub's own. @returns its number, when it was applied @throws HubError */
  async publish(event: string, data: Fields, options: PublishOptions): Promise<number> {
    const { category = hubEventCategory(event), key } = options
    const result = await this.write([{ t: 'event', event, data, category }], { key })
    const refusal = refusalOf(result)
    if (refusal !== undefined) throw refusal
    const last = ('last' in result ? result.last : undefined) ?? this.#session.head
    await this.#session.reached(last)
    return last
  }
}

function fileParts(record: FileRecord): readonly FileRecord[] {
  const parts = splitText(record.text, MAX_PART_CHARS)
  return parts.map((text, at): FileRecord => ({ ...record, text, op: at === 0 ? record.op : 'append' }))
}

/** Never between the halves of a pair. */
function splitText(text: string, maxChars: number): string[] {
  const parts: string[] = []
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + maxChars, text.length)
    const last = text.charCodeAt(end - 1)
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end--
    parts.push(text.slice(at, end))
    at = end
  }
  return parts.length === 0 ? [''] : parts
}
