import type { Clock, Connection, DeliveryReport, Timer } from '@holdfast/core'
import type { TrackerClientMessage, TrackerStreamEvent } from '@holdfast/protocol/tracker'

/** Bounds of a {@link StreamCoalescer}. */
export interface StreamCoalescerOptions {
  readonly clock: Clock
  /** How long events are collected, in milliseconds; 0 sends each at once. */
  readonly gatherMs: number
  readonly maxCount: number
  /** Characters of text together. */
  readonly maxBytes: number
  readonly connection: Pick<Connection<never, TrackerClientMessage>, 'state' | 'send'>
  /** So many of the oldest were given up for newer ones. */
  readonly dropped: (count: number) => void
}

/** Ids of stream events that had to wait in the queue: their loss is no error. */
const STREAM_ID = 'stream.'
/** Members that carry a piece of text: pieces of one stream are joined. */
const TEXT_MEMBERS = ['delta', 'text', 'content'] as const
/** No joined piece is longer, so that one event stays one reasonable frame. */
const MAX_JOINED = 65_536

interface Waiting {
  event: TrackerStreamEvent
  bytes: number
}

/**
 * Stream events on their way out: deltas that follow each other are joined, what waits is bounded, and the oldest is
 * dropped first. Only stream events may be lost like this. Tracker §3.4.
 */
export class StreamCoalescer {
  readonly #options: StreamCoalescerOptions
  #waiting: Waiting[] = []
  #bytes = 0
  #timer: Timer | undefined
  /** Events that went into the queue. */
  #queued = 0

  constructor(options: StreamCoalescerOptions) {
    this.#options = options
  }

  /** Events that wait. */
  get count(): number {
    return this.#waiting.length
  }

  push(event: TrackerStreamEvent): void {
    const { clock, gatherMs, connection } = this.#options
    const last = this.#waiting.at(-1)
    const joined = last === undefined ? undefined : join(last.event, event)
    if (last !== undefined && joined !== undefined) {
      const bytes = sizeOf(joined)
      this.#bytes += bytes - last.bytes
      last.event = joined
      last.bytes = bytes
    } else {
      const bytes = sizeOf(event)
      this.#waiting.push({ event, bytes })
      this.#bytes += bytes
    }
    this.#trim()
    if (connection.state !== 'open') return
    if (gatherMs === 0) this.flush()
    else this.#timer ??= clock.after(gatherMs, () => this.flush())
  }

  /** Sends what waits. */
  flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const waiting = this.#waiting
    this.#waiting = []
    this.#bytes = 0
    for (const { event } of waiting) this.#send(event)
  }

  #send(event: TrackerStreamEvent): void {
    const { connection } = this.#options
    if (connection.state === 'open') {
      connection.send(event, { delivery: 'volatile' })
      return
    }
    this.#queued += 1
    connection.send(event, { delivery: 'once', id: `${STREAM_ID}${this.#queued}` })
  }

  /** Gives up what waits. */
  clear(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#waiting.length > 0) this.#options.dropped(this.#waiting.length)
    this.#waiting = []
    this.#bytes = 0
  }

  #trim(): void {
    const { maxCount, maxBytes, dropped } = this.#options
    let count = 0
    while (this.#waiting.length - count > maxCount || (this.#bytes > maxBytes && this.#waiting.length - count > 1)) {
      this.#bytes -= this.#waiting[count]?.bytes ?? 0
      count += 1
    }
    if (count === 0) return
    this.#waiting.splice(0, count)
    dropped(count)
  }
}

/** Both as one: the same type and members but for one piece of text. Undefined where they are not. */
function join(before: TrackerStreamEvent, after: TrackerStreamEvent): TrackerStreamEvent | undefined {
  if (before.type !== after.type || !after.type.endsWith('.delta')) return undefined
  const member = TEXT_MEMBERS.find((name) => typeof before[name] === 'string' && typeof after[name] === 'string')
  if (member === undefined) return undefined
  const names = Object.keys(after)
  if (names.length !== Object.keys(before).length) return undefined
  if (names.some((name) => name !== member && before[name] !== after[name])) return undefined
  const text = `${String(before[member])}${String(after[member])}`
  return text.length > MAX_JOINED ? undefined : { ...before, [member]: text }
}

function sizeOf(event: TrackerStreamEvent): number {
  let size = event.type.length
  for (const value of Object.values(event)) size += typeof value === 'string' ? value.length : 16
  return size
}

/** Events of a stream that are lost are no news. */
export function undelivered(report: DeliveryReport): DeliveryReport | undefined {
  const ids = report.ids.filter((id) => !id.startsWith(STREAM_ID))
  const isNews = report.kind !== 'dropped' && (ids.length > 0 || report.ids.length !== report.count)
  return isNews ? { ...report, ids } : undefined
}
