import type {
  ChannelEnd,
  ChannelSink,
  ChannelTraits,
  Clock,
  EventStreamChannel,
  Opening,
  SseEvent,
  Timer,
} from '@holdfast/contract'
import { errorOf } from './errors.ts'
import { eventParser } from './event-parser.ts'
import type { ByteReader } from './fetch-types.ts'

/** What an event stream can do: `pause()` leaves the body unread, so that the server's writes wait. */
export const EVENT_STREAM_TRAITS: ChannelTraits = { binary: false, ping: false, pause: true, requestHeaders: true }

/** How an event stream ended. Without `code` always: HTTP has no close frame. */
export interface EventStreamEnd extends ChannelEnd {
  /** The stream's last `retry:` in milliseconds, as sent and not clamped; undefined where there was none. */
  readonly retryMs?: number | undefined
}

/** What a channel is made of. */
export interface SseChannelParts {
  readonly reader: ByteReader
  readonly opening: Opening
  readonly lastId: string
  readonly clock: Clock
  readonly stallTimeoutMs: number | null
  readonly maxEventChars: number
  /** Told once: the id to go on from; empty after a clean end, and where none came. */
  readonly ended: (id: string) => void
}

/** A timer that fires later than this, and than half its length, tells of sleep and not of a silent peer. */
const LATE_MS = 2_000

/** One response body as a channel. Reads one piece at a time, and only while events are wanted. */
export class SseChannel implements EventStreamChannel {
  readonly traits: ChannelTraits = EVENT_STREAM_TRAITS
  readonly opening: Opening
  readonly bufferedBytes = 0
  readonly #parts: SseChannelParts
  readonly #feed: (bytes: Uint8Array) => void
  #started = false
  /** Events, and between them the ids that came into force. */
  readonly #held: (SseEvent | string)[] = []
  #cursor: string
  #paused = false
  #wake: () => void = () => {}
  #timer: Timer | undefined
  #retryMs: number | undefined
  #end: EventStreamEnd | undefined

  constructor(parts: SseChannelParts) {
    this.#parts = parts
    this.#cursor = parts.lastId
    this.opening = parts.opening
    this.#feed = eventParser({
      ...parts,
      onEvent: (event) => {
        if (this.#end === undefined) this.#held.push(event)
      },
      onCursor: (id) => {
        if (this.#end === undefined) this.#held.push(id)
      },
      onRetry: (ms) => {
        this.#retryMs = ms
      },
      onTooLarge: () => this.#finish(false, errorOf('channel/event_too_large')),
    })
  }

  start(sink: ChannelSink<SseEvent>): void {
    if (this.#started) throw errorOf('channel/already_started')
    this.#started = true
    void this.#run(sink)
  }

  send(_frame: never): void {
    throw errorOf('channel/unsupported')
  }

  async drained(): Promise<void> {}

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#wake()
  }

  ping(): void {
    throw errorOf('channel/unsupported')
  }

  close(): void {
    this.#finish(true)
  }

  terminate(): void {
    this.#held.length = 0
    this.#finish(false)
  }

  /** The whole life after start(): deliver, then read on, then tell the end. Never rejects. */
  async #run(sink: ChannelSink<SseEvent>): Promise<void> {
    await null
    while (true) {
      this.#deliver(sink)
      if (this.#end !== undefined) break
      if (this.#paused) await new Promise<void>((resolve) => (this.#wake = resolve))
      else await this.#read()
    }
    const resumable = !this.#end.clean && this.#cursor !== ''
    const end = resumable ? { ...this.#end, resumable } : this.#end
    this.#parts.ended(resumable ? this.#cursor : '')
    guarded(() => sink.closed(end))
  }

  /** In order, as long as the sink does not pause. The end is told even then, and what came before it. */
  #deliver(sink: ChannelSink<SseEvent>): void {
    while (this.#end !== undefined || !this.#paused) {
      const held = this.#held.shift()
      if (held === undefined) break
      if (typeof held === 'string') {
        this.#cursor = held
        guarded(() => sink.cursor?.(held))
      } else guarded(() => sink.frame(held))
    }
  }

  async #read(): Promise<void> {
    this.#watch()
    try {
      const { value } = await this.#parts.reader.read()
      // Without a value the body has ended. What is left in the parser is a torn event: it was never sent completely.
      if (value === undefined) this.#finish(true)
      else if (this.#end === undefined) this.#feed(value)
    } catch (error) {
      this.#finish(false, errorOf('channel/connection_lost', error))
    }
    this.#timer?.cancel()
  }

  #watch(): void {
    const { clock, stallTimeoutMs } = this.#parts
    if (stallTimeoutMs === null) return
    const dueAt = clock.now() + stallTimeoutMs
    this.#timer = clock.after(stallTimeoutMs, () => {
      // While paused nobody reads; after sleep, what arrived meanwhile is still to be read: count afresh.
      if (this.#paused || clock.now() - dueAt > Math.max(LATE_MS, stallTimeoutMs / 2)) this.#watch()
      else this.#finish(false, errorOf('channel/stalled'))
    })
  }

  #finish(clean: boolean, cause?: unknown): void {
    if (this.#end !== undefined) return
    this.#end = { reason: '', clean, cause, retryMs: this.#retryMs }
    this.#timer?.cancel()
    this.#parts.reader.cancel().catch(() => {})
    this.#wake()
  }
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
