import { isObject, knownIn } from '@holdfast/contract/shape'
import { acpRecordKinds } from '../generated/checks.ts'
import type { AcpRecord } from '../generated/types.ts'

export type { AcpAuthor, AcpRecord } from '../generated/types.ts'

/** A record of one kind. */
export type RecordOf<T extends AcpRecord['t']> = Extract<AcpRecord, { readonly t: T }>

/** What is read of a session's log: what this package writes, and what the hub's clients say to the lead. */
export type SessionRecord = Exclude<AcpRecord, { readonly t: 'acp.part' }> | HubRequest | HubRpc | HubAnswer

/** A controller's message for the lead, as the hub stores it. */
export interface HubRequest {
  readonly t: 'request'
  readonly message: Readonly<Record<string, unknown>>
  readonly wireId: string
  readonly asker: string
  readonly id: string
  /** The answer is not waited for after this, in milliseconds since 1970. */
  readonly until?: number | undefined
}

/** The answer to a {@link HubRequest}, as the hub stores it. */
export interface HubAnswer {
  readonly t: 'answer'
  readonly wireId: string
}

/** A message between driver and controllers, as the hub stores it. */
export interface HubRpc {
  readonly t: 'rpc'
  readonly to: string
  readonly message: Readonly<Record<string, unknown>>
  readonly from?: string | undefined
}

/** Above this much JSON a record is stored in parts: an event of a log has room for 256 KiB. */
const WHOLE_CHARS = 60_000

/** What stands in the log for a record: itself, or its parts. */
export function storedOf(record: AcpRecord): readonly AcpRecord[] {
  const text = JSON.stringify(record)
  if (text.length <= WHOLE_CHARS) return [record]
  const of = Math.ceil(text.length / WHOLE_CHARS)
  return Array.from({ length: of }, (_, at) => ({
    ...({ t: 'acp.part', at, of } as const),
    text: text.slice(at * WHOLE_CHARS, (at + 1) * WHOLE_CHARS),
  }))
}

/** Reads the records of one log, in order. */
export class RecordReader {
  readonly #unfit: ((issue: string, n: number) => void) | undefined
  #parts: string[] = []

  constructor(unfit?: ((issue: string, n: number) => void) | undefined) {
    this.#unfit = unfit
  }

  /** The record that an event completes; `undefined` where it is another's, or a part that is not the last. */
  read({ n, payload }: { readonly n: number; readonly payload: unknown }): SessionRecord | undefined {
    if (!isObject(payload)) return undefined
    if (payload['t'] === 'answer' && typeof payload['wireId'] === 'string')
      return { t: 'answer', wireId: payload['wireId'] }
    if (payload['t'] === 'request' || payload['t'] === 'rpc') return hubMessageIn(payload)
    const record = knownIn(acpRecordKinds, payload, this.#unfit, n)
    if (record?.t !== 'acp.part') return record
    if (record.at !== this.#parts.length) this.#parts = []
    if (record.at !== this.#parts.length) return undefined
    this.#parts.push(record.text)
    if (this.#parts.length < record.of) return undefined
    const text = this.#parts.join('')
    this.#parts = []
    const whole = knownIn(acpRecordKinds, JSON.parse(text), this.#unfit, n)
    return whole?.t === 'acp.part' ? undefined : whole
  }
}

function hubMessageIn({
  t,
  message,
  wireId,
  asker,
  id,
  until,
  to,
  from,
}: Readonly<Record<string, unknown>>): SessionRecord | undefined {
  if (!isObject(message)) return undefined
  if (t === 'request' && typeof wireId === 'string' && typeof asker === 'string' && typeof id === 'string') {
    return { t, message, wireId, asker, id, until: typeof until === 'number' ? until : undefined }
  }
  if (t !== 'rpc' || typeof to !== 'string') return undefined
  return { t, to, message, from: typeof from === 'string' ? from : undefined }
}
