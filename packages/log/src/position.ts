/** Where a reader stands. Opaque to applications; only the log's side looks inside (hub §11). */
export interface Position {
  readonly epoch: string
  /** Number of the last event that was received; 0 = none yet. */
  readonly n: number
  /** {@link eventHashOf} event n's id: finds out a log that lost its tail and grew again. */
  readonly eventHash: string
}

/** The event hash of a position before the first event. */
export const EMPTY_EVENT_HASH = '00000000'

const POSITION = /^([0-9a-z]{1,64})\.(0|[1-9][0-9]{0,15})\.([0-9a-f]{8})$/

/** `{epoch}.{n}.{eventHash}` */
export function formatPosition(position: Position): string {
  return `${position.epoch}.${position.n}.${position.eventHash}`
}

/** Null where the text is no position. */
export function parsePosition(text: string): Position | null {
  const match = POSITION.exec(text)
  if (match === null) return null
  const [, epoch = '', digits = '', eventHash = ''] = match
  const n = Number(digits)
  return Number.isSafeInteger(n) ? { epoch, n, eventHash } : null
}

/** Eight hex digits that stand for an event's id: FNV-1a, 32 bits, over UTF-16 units. Against accidents, not attacks. */
export function eventHashOf(id: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) {
    const unit = id.charCodeAt(i)
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193)
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
