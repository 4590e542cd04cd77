import {
  type ChannelEnd,
  type ChannelSink,
  type ChannelTraits,
  type Clock,
  type EventStreamChannel,
  HoldfastError,
  type Opening,
  type SseEvent,
} from '@holdfast/contract'
import type { TransportSseErrorCode } from './errors.ts'
import { EventParser } from './event-parser.ts'
import type { ByteReader } from './fetch-types.ts'
import { StallWatch } from './stall-watch.ts'

/** What an event stream can do: `pause()` leaves the body unread, so that the server's writes wait. */
export const EVENT_STREAM_TRAITS: ChannelTraits = { binary: false, ping: false, pause: true, requestHeaders: true }

/** How an event stream ended. Without `code` always: HTTP has no close frame. */
export interface EventStreamEnd extends ChannelEnd {
  /** The stream's last `retry:` in milliseconds, as sent and not clamped; absent where there was none. */
  readonly retryMs?: number | undefined
}

/** What a channel is made of. */
export interface SseChannelParts {
  readonly reader: ByteReader
  /** Aborts the request. */
  readonly aborting: AbortController
  readonly opening: Opening
  readonly lastId: string
  readonly clock: Clock
  readonly stallTimeoutMs: number | null
  readonly maxEventChars: number
}

/** One response body as a channel. Reads one piece at a time, and only while events are wanted. */
export class SseChannel implements EventStreamChannel {
  readonly traits: ChannelTraits = EVENT_STREAM_TRAITS
  readonly opening: Opening
  readonly bufferedBytes = 0
  readonly #parts: SseChannelParts
  readonly #parser: EventParser
  readonly #stall: StallWatch
  #sink: ChannelSink<SseEvent> | undefined
  #held: SseEvent[] = []
  #paused = false
  #releasing = false
  #reading = false
  #retryMs: number | undefined
  #end: EventStreamEnd | undefined
  #told = false

  constructor(parts: SseChannelParts) {
    const { clock, stallTimeoutMs, maxEventChars } = parts
    this.#parts = parts
    this.opening = parts.opening
    this.#parser = new EventParser(
      {
        event: (event) => this.#held.push(event),
        retry: (ms) => {
          this.#retryMs = ms
        },
        tooLarge: () => this.#fail('channel/event_too_large', `An event is longer than ${maxEventChars} characters.`),
      },
      parts,
    )
    this.#stall = new StallWatch(clock, stallTimeoutMs, () =>
      this.#fail('channel/stalled', `Nothing arrived for ${stallTimeoutMs} ms.`),
    )
  }

  start(sink: ChannelSink<SseEvent>): void {
    if (this.#sink !== undefined) throw new HoldfastError('channel/already_started', 'A channel starts once.')
    this.#sink = sink
    queueMicrotask(() => this.#release())
  }

  send(_frame: never): void {
    throw unsupported()
  }

  drained(): Promise<void> {
    return Promise.resolve()
  }

  pause(): void {
    this.#paused = true
    this.#stall.stop()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    if (this.#reading) this.#stall.start()
    this.#release()
  }

  ping(): void {
    throw unsupported()
  }

  close(): void {
    this.#finish({ reason: '', clean: true })
  }

  terminate(): void {
    this.#held = []
    this.#finish({ reason: '', clean: false })
  }

  /** Delivers what is held; then tells the end, or reads on. The end is told even while paused, and what came before it. */
  #release(): void {
    const sink = this.#sink
    if (sink === undefined || this.#told || this.#releasing) return
    this.#releasing = true
    let next = 0
    // Read afresh each time: terminate() takes the rest away.
    for (let events = this.#held; next < events.length && events === this.#held; next += 1) {
      if (this.#paused && this.#end === undefined) break
      const event = events[next]
      if (event !== undefined) guarded(() => sink.frame(event))
    }
    this.#held = this.#held.slice(next)
    this.#releasing = false
    if (this.#end !== undefined) this.#tell(sink, this.#end)
    else if (!this.#paused && !this.#reading) void this.#read()
  }

  #tell(sink: ChannelSink<SseEvent>, end: EventStreamEnd): void {
    this.#told = true
    guarded(() => sink.closed(end))
  }

  /** Never rejects. */
  async #read(): Promise<void> {
    this.#reading = true
    this.#stall.start()
    while (!this.#paused && this.#end === undefined) await this.#readOne()
    this.#reading = false
    this.#release()
  }

  async #readOne(): Promise<void> {
    try {
      const { value } = await this.#parts.reader.read()
      this.#stall.heard()
      if (this.#end !== undefined) return
      // Without a value the body has ended. What is left in the parser is a torn event: it was never sent completely.
      if (value === undefined) this.#finish({ reason: '', clean: true })
      else this.#parser.feed(value)
    } catch (error) {
      this.#fail('channel/connection_lost', 'The connection failed under the stream.', error)
    }
    this.#release()
  }

  #fail(code: TransportSseErrorCode, message: string, cause?: unknown): void {
    this.#finish({ reason: '', clean: false, cause: new HoldfastError(code, message, { cause }) })
  }

  #finish(end: ChannelEnd): void {
    if (this.#end !== undefined) return
    this.#end = { ...end, ...(this.#retryMs === undefined ? {} : { retryMs: this.#retryMs }) }
    this.#stall.stop()
    this.#parts.reader.cancel().catch(() => {})
    this.#parts.aborting.abort()
    queueMicrotask(() => this.#release())
  }
}

function unsupported(): HoldfastError {
  return new HoldfastError('channel/unsupported', 'An event stream only receives.')
}

/** A sink that throws is reported by the runtime, and harms nothing else. */
function guarded(call: () => void): void {
  try {
    call()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
