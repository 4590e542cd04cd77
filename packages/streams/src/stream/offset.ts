import { EMPTY_EVENT_HASH } from '@holdfast/log'
import { StreamError } from '../errors.ts'

/** A place in a stream: behind event `n` of a life of it. */
export interface Offset {
  /** Names the life of the stream; a fork keeps that of its source. */
  readonly epoch: string
  readonly n: number
  /** Of event `n`: finds out a log that lost its end and grew again. Empty: not known. */
  readonly eventHash: string
}

/** Where reading starts. `start` and `now` are the protocol's `-1` and `now` (protocol §8). */
export type StartAt = Offset | 'start' | 'now'

const OFFSET = /^([0-9a-z]{1,64})\.([0-9]{16})(?:\.([0-9a-f]{8}))?$/
const DIGITS = 16
/** What the protocol's first server calls the beginning, and clients have learned of it. */
const BEGINNING = '0000000000000000_0000000000000000'

/** `{epoch}.{n, 16 digits}.{eventHash}`: a position of the log whose text sorts as the events do. */
export function formatOffset({ epoch, n, eventHash }: Offset): string {
  return `${epoch}.${String(n).padStart(DIGITS, '0')}${eventHash === '' ? '' : `.${eventHash}`}`
}

/** @throws StreamError `streams/bad_request` */
export function parseOffset(text: string): StartAt {
  if (text === '-1' || text === BEGINNING) return 'start'
  if (text === 'now') return 'now'
  const match = OFFSET.exec(text)
  const n = Number(match?.[2])
  if (match === null || !Number.isSafeInteger(n)) {
    throw new StreamError('streams/bad_request', 'offset: expected one that this server gave, -1 or now')
  }
  const [, epoch = '', , eventHash = ''] = match
  return { epoch, n, eventHash }
}

/** The same event, with the same hash. */
export function isSamePlace(one: Offset, other: Offset): boolean {
  return one.n === other.n && one.eventHash === other.eventHash && one.epoch === other.epoch
}

/** The place before the first event. */
export function startOf(epoch: string): Offset {
  return { epoch, n: 0, eventHash: EMPTY_EVENT_HASH }
}
