import type { Append, AppendAnswer, AppendOptions, AppendResult, NewEvent, Producer, SenderMark } from './append.ts'
import { LogError } from './errors.ts'
import type { LogLimits } from './limits.ts'
import { knownSenderResult, type SenderRecord } from './senders.ts'

/** Numbers of the events of one append. */
export interface Range {
  readonly first: number
  readonly last: number
}

/** What is remembered of a producer that counts its appends, for one fence of it. */
export interface ProducerState extends Range {
  /** The last `seq` that was appended; `first` and `last` are its events. */
  readonly seq: number
}

/** What a session must know to check an append. */
export interface WriteState {
  readonly first: number
  readonly last: number
  readonly bytes: number
  readonly fence: number
  /** An append before it in the same call was refused for the quota. */
  readonly isFull?: boolean | undefined
}

/** What was found in the session's memory for this append. */
export interface Known {
  readonly producer?: ProducerState | undefined
  readonly keyed?: Range | undefined
  readonly sender?: SenderRecord | undefined
}

/** An append, measured. */
export interface Batch {
  /** Payloads as JSON texts. */
  readonly texts: readonly string[]
  /** Bytes of each event. */
  readonly sizes: readonly number[]
  readonly bytes: number
}

/**
 * Checks what a caller gave and measures it, before any state is looked at.
 * @throws LogError `log/bad_event`, `log/bad_request`
 */
export function measure(
  events: readonly NewEvent[],
  options: AppendOptions,
  limits: LogLimits,
): Batch | Extract<AppendResult, { outcome: 'refused' }> {
  checkOptions(options, limits)
  if (events.length === 0) throw new LogError('log/bad_request', 'expected at least one event, got none')
  if (events.length > limits.maxAppendEvents) return { outcome: 'refused', reason: 'too-large' }
  const texts: string[] = []
  const sizes: number[] = []
  let bytes = 0
  for (const event of events) {
    const text = payloadText(event, limits)
    const size = Buffer.byteLength(text) + Buffer.byteLength(event.id) + Buffer.byteLength(event.kind)
    bytes += size
    if (size > limits.maxEventBytes || bytes > limits.maxAppendBytes) return { outcome: 'refused', reason: 'too-large' }
    texts.push(text)
    sizes.push(size)
  }
  return { texts, sizes, bytes }
}

/** Measures each of several; what must not be written has its answer. Never throws. */
export function measureAll(
  appends: readonly Append[],
  limits: LogLimits,
): readonly (Batch | Extract<AppendAnswer, { outcome: 'refused' | 'malformed' }>)[] {
  return appends.map(({ events, options }) => {
    try {
      return measure(events, options, limits)
    } catch (error) {
      if (error instanceof LogError) return { outcome: 'malformed', error }
      throw error
    }
  })
}

/** The answer to a single append. @throws LogError where it is malformed */
export function resultOf(answer: AppendAnswer | undefined): AppendResult {
  if (answer === undefined) throw new LogError('log/bad_request', 'expected an answer from the log, got none')
  if (answer.outcome === 'malformed') throw answer.error
  return answer
}

/** True for the answer after which nothing more of the same call may be written. */
export function isQuota(answer: AppendAnswer): boolean {
  return answer.outcome === 'refused' && answer.reason === 'quota'
}

/** The answer to an append that must not be written; null where it must. */
export function checkAppend(
  state: WriteState,
  batch: { readonly count: number; readonly bytes: number },
  options: AppendOptions,
  known: Known,
  limits: LogLimits,
): AppendResult | null {
  const { producer, expectedHead, sender } = options
  const counted = sender === undefined ? null : knownSenderResult(known.sender, sender)
  // A number that was passed over because its append was there before, under its key, is there.
  const isThere = counted?.outcome === 'refused' && known.keyed !== undefined
  if (counted !== null && !isThere) return counted
  const before = known.producer
  if (before !== undefined && producer.seq !== undefined && producer.seq <= before.seq) {
    return producer.seq === before.seq
      ? { outcome: 'duplicate', first: before.first, last: before.last }
      : { outcome: 'duplicate' }
  }
  if (known.keyed !== undefined) return { outcome: 'duplicate', first: known.keyed.first, last: known.keyed.last }
  if (producer.fence > 0 && producer.fence < state.fence) return { outcome: 'fenced', by: state.fence }
  const expectedSeq = (before?.seq ?? 0) + 1
  if (producer.seq !== undefined && producer.seq !== expectedSeq) {
    return { outcome: 'refused', reason: 'out-of-sequence', expectedSeq }
  }
  if (expectedHead !== undefined && expectedHead !== state.last) return { outcome: 'conflict', head: state.last }
  const count = state.last - state.first + 1 + batch.count
  const full =
    state.isFull === true || count > limits.maxSessionEvents || state.bytes + batch.bytes > limits.maxSessionBytes
  return full ? { outcome: 'refused', reason: 'quota' } : null
}

/** Not kept by every store: NUL, and halves of a pair that have no UTF-8. */
const UNSTORABLE = /[\0\p{Surrogate}]/u

/** Throws `log/bad_request` where a name is empty, longer than its limit, or has characters that stores cannot keep. */
export function checkName(what: string, name: string, limits: LogLimits): void {
  if (UNSTORABLE.test(name)) throw new LogError('log/bad_request', `expected ${what} of valid Unicode without NUL`)
  if (name.length > 0 && name.length <= limits.maxNameLength) return
  throw new LogError(
    'log/bad_request',
    `expected ${what} of 1 to ${limits.maxNameLength} characters, got ${name.length}`,
  )
}

/** Throws `log/bad_request` where a number is not a whole one of at least `least`. */
export function checkCount(what: string, value: number, least = 0): void {
  if (Number.isSafeInteger(value) && value >= least) return
  throw new LogError('log/bad_request', `expected ${what} to be a whole number of at least ${least}, got ${value}`)
}

function checkOptions({ producer, key, keyScope, expectedHead, sender }: AppendOptions, limits: LogLimits): void {
  checkProducer(producer, limits)
  if (sender !== undefined) checkSender(sender, limits)
  if (key !== undefined) checkName('a key', key, limits)
  if (keyScope !== undefined && keyScope !== '') checkName('a scope of keys', keyScope, limits)
  if (expectedHead !== undefined) checkCount('expectedHead', expectedHead)
}

function checkProducer(producer: Producer, limits: LogLimits): void {
  checkName('a producer id', producer.id, limits)
  checkCount('producer.fence', producer.fence)
  if (producer.seq !== undefined) checkCount('producer.seq', producer.seq, 1)
}

function checkSender({ id, n, done }: SenderMark, limits: LogLimits): void {
  checkName('a sender id', id, limits)
  checkCount('sender.n', n, 1)
  checkCount('sender.done', done)
  if (done >= n) throw new LogError('log/bad_request', `expected sender.done below sender.n ${n}, got ${done}`)
}

function payloadText(event: NewEvent, limits: LogLimits): string {
  const { id, kind, at } = event
  const named = id.length > 0 && id.length <= limits.maxNameLength && kind.length <= limits.maxNameLength
  if (!named) throw new LogError('log/bad_event', `expected id and kind of up to ${limits.maxNameLength} characters`)
  if (UNSTORABLE.test(id) || UNSTORABLE.test(kind)) {
    throw new LogError('log/bad_event', 'expected id and kind of valid Unicode without NUL')
  }
  if (!Number.isFinite(at)) throw new LogError('log/bad_event', `expected "at" in milliseconds, got ${at}`)
  let text: string | undefined
  try {
    text = JSON.stringify(event.payload)
  } catch (cause) {
    throw new LogError('log/bad_event', `expected a payload with a JSON form in event "${id}"`, undefined, cause)
  }
  if (text === undefined) throw new LogError('log/bad_event', `expected a payload with a JSON form in event "${id}"`)
  return text
}
