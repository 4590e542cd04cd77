import { StreamError } from '../errors.ts'
import type { ProducerTuple } from './stored-append.ts'
import type { ProducerState, WriterState } from './writer-state.ts'

/** What a client wants to append. */
export interface AppendRequest {
  /** What is kept of the body; empty where nothing but the end is wanted. */
  readonly bytes: Buffer
  /** `other`: not the stream's content type; `none`: a body without one. */
  readonly contentType: 'same' | 'other' | 'none'
  /** Nothing comes after it. */
  readonly closes: boolean
  readonly producer?: ProducerTuple | undefined
  /** `Stream-Seq`. */
  readonly seq?: string | undefined
}

/** What an append has come to. */
export interface Appended {
  /** It was there before. */
  readonly isDuplicate: boolean
  readonly isClosed: boolean
  /** Where its producer stands now. */
  readonly producer?: ProducerState | undefined
}

/** Written, or answered without. */
export type AppendDecision =
  | { readonly type: 'append'; readonly appended: Appended }
  | { readonly type: 'known'; readonly appended: Appended }
  | { readonly type: 'refused'; readonly error: StreamError }

/** What appends that are on their way to the log will have made of a state. */
export class DraftState {
  isClosed: boolean
  closedBy: ProducerTuple | undefined
  seq: string | undefined
  readonly #state: WriterState
  readonly #producers = new Map<string, ProducerState>()

  constructor(state: WriterState) {
    this.#state = state
    this.isClosed = state.isClosed
    this.closedBy = state.closedBy
    this.seq = state.seq
  }

  producer(id: string): ProducerState | undefined {
    return this.#producers.get(id) ?? this.#state.producer(id)
  }

  take({ closes, producer, seq }: AppendRequest): void {
    if (producer !== undefined) this.#producers.set(producer[0], { epoch: producer[1], seq: producer[2] })
    if (seq !== undefined) this.seq = seq
    if (!closes) return
    this.isClosed = true
    this.closedBy = producer
  }
}

/** The order is the protocol's: closed, content type, producer, `Stream-Seq` (protocol §5.2, §5.2.1). */
export function decideAppend(draft: DraftState, request: AppendRequest): AppendDecision {
  const refusal = draft.isClosed ? decideClosed(draft, request) : decideOpen(draft, request)
  if (refusal !== undefined) return refusal
  draft.take(request)
  const { producer, closes } = request
  const state = producer === undefined ? undefined : { epoch: producer[1], seq: producer[2] }
  return { type: 'append', appended: { isDuplicate: false, isClosed: closes, producer: state } }
}

function decideClosed(draft: DraftState, { bytes, closes, producer }: AppendRequest): AppendDecision {
  const known: AppendDecision = { type: 'known', appended: { isDuplicate: true, isClosed: true } }
  if (producer === undefined) return closes && bytes.length === 0 ? known : closedAlready()
  const [id, epoch, seq] = producer
  const by = draft.closedBy
  if (by !== undefined && by[0] === id && by[1] === epoch && by[2] === seq) {
    return { type: 'known', appended: { ...known.appended, producer: { epoch, seq } } }
  }
  const state = draft.producer(id)
  return state !== undefined && epoch < state.epoch ? fenced(state) : closedAlready()
}

function decideOpen(draft: DraftState, request: AppendRequest): AppendDecision | undefined {
  const { contentType, producer, seq } = request
  if (contentType === 'none')
    return refused('streams/bad_request', 'Content-Type: expected that of the stream, got none')
  if (contentType === 'other') return refused('streams/conflict', 'Content-Type: expected that of the stream')
  const decision = producer === undefined ? undefined : decideProducer(draft.producer(producer[0]), producer)
  if (decision !== undefined) return decision
  if (seq === undefined || draft.seq === undefined || isAfter(seq, draft.seq)) return undefined
  return refused('streams/conflict', 'Stream-Seq: expected one that sorts behind the last that was taken')
}

function decideProducer(state: ProducerState | undefined, [, epoch, seq]: ProducerTuple): AppendDecision | undefined {
  if (state !== undefined && epoch < state.epoch) return fenced(state)
  const isNewEpoch = state !== undefined && epoch > state.epoch
  if (isNewEpoch && seq !== 0) return refused('streams/bad_request', 'Producer-Seq: expected 0 in a new epoch')
  const expected = state === undefined || isNewEpoch ? 0 : state.seq + 1
  if (seq < expected && state !== undefined) {
    return { type: 'known', appended: { isDuplicate: true, isClosed: false, producer: state } }
  }
  if (seq === expected) return undefined
  return refused('streams/conflict', `Producer-Seq: expected ${expected}, got ${seq}`, {
    'producer-expected-seq': String(expected),
    'producer-received-seq': String(seq),
  })
}

/** Byte by byte, as the protocol compares them. */
function isAfter(seq: string, before: string): boolean {
  return Buffer.compare(Buffer.from(seq), Buffer.from(before)) > 0
}

function fenced({ epoch }: ProducerState): AppendDecision {
  const text = `Producer-Epoch: expected at least ${epoch}: a newer one has written`
  return refused('streams/forbidden', text, { 'producer-epoch': String(epoch) })
}

function closedAlready(): AppendDecision {
  return refused('streams/conflict', 'The stream is closed.', { 'stream-closed': 'true' })
}

function refused(
  code: 'streams/bad_request' | 'streams/conflict' | 'streams/forbidden',
  message: string,
  headers?: Readonly<Record<string, string>>,
): AppendDecision {
  return { type: 'refused', error: new StreamError(code, message, { headers }) }
}
