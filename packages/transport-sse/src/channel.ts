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
import { CHANNEL_DEFAULTS, type ChannelSocket, type DefinedChannel, defineChannel } from '@holdfast/contract/channel'
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
  /** Called once: the id to go on from; empty after a clean end, and where none came. */
  readonly ended: (id: string) => void
}

/** A timer that fires later than this, and than half its length, means sleep and not of a silent peer. */
const LATE_MS = 2_000

/** One response body as a channel. Reads one piece at a time, and only while events are wanted. */
export function sseChannel(parts: SseChannelParts): EventStreamChannel {
  return new ResponseBody(parts).channel
}

/** A response's body, as `defineChannel()` needs it. It delivers events, and between them the ids that came into force. */
class ResponseBody implements ChannelSocket<SseEvent, never, SseEvent | string> {
  readonly traits: ChannelTraits = EVENT_STREAM_TRAITS
  readonly opening: Opening
  readonly channel: DefinedChannel<SseEvent, never, SseEvent | string>
  readonly #parts: SseChannelParts
  readonly #feed: (bytes: Uint8Array) => void
  #cursor: string
  #isWanted = false
  #isReading = false
  #timer: Timer | undefined
  #retryMs: number | undefined

  constructor(parts: SseChannelParts) {
    this.#parts = parts
    this.#cursor = parts.lastId
    this.opening = parts.opening
    this.channel = defineChannel(this, { ...CHANNEL_DEFAULTS, clock: parts.clock })
    const deliver = (item: SseEvent | string): void => this.channel.frame(item)
    this.#feed = eventParser({
      ...parts,
      onEvent: deliver,
      onCursor: deliver,
      onRetry: (ms) => {
        this.#retryMs = ms
      },
      onTooLarge: () => this.#ended(false, errorOf('channel/event_too_large')),
    })
  }

  sink(given: ChannelSink<SseEvent>): ChannelSink<SseEvent | string> {
    return {
      frame: (item) => {
        if (typeof item !== 'string') return guarded(() => given.frame(item))
        this.#cursor = item
        guarded(() => given.cursor?.(item))
      },
      closed: (end) => {
        const resumable = !end.clean && this.#cursor !== ''
        this.#parts.ended(resumable ? this.#cursor : '')
        guarded(() => given.closed(resumable ? { ...end, resumable } : end))
      },
    }
  }

  send(): void {
    throw errorOf('channel/unsupported')
  }

  read(isWanted: boolean): void {
    this.#isWanted = isWanted
    if (isWanted && !this.#isReading) void this.#run()
  }

  close(): void {
    this.#ended(true)
  }

  free(): void {
    this.#isWanted = false
    this.#timer?.cancel()
    this.#parts.reader.cancel().catch(() => {})
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    this.#isReading = true
    while (this.#isWanted) await this.#read()
    this.#isReading = false
  }

  async #read(): Promise<void> {
    this.#watch()
    try {
      const { value } = await this.#parts.reader.read()
      // Without a value the body has ended. What is left in the parser is a torn event: it was never sent completely.
      if (value === undefined) return this.#ended(true)
      // All of a piece is queued before the first of it is delivered: a sink that closes at that one still gets the rest.
      this.channel.pause(2)
      this.#feed(value)
      this.channel.resume(2)
    } catch (error) {
      this.#ended(false, errorOf('channel/connection_lost', error))
    }
    this.#timer?.cancel()
  }

  #watch(): void {
    const { clock, stallTimeoutMs } = this.#parts
    if (stallTimeoutMs === null) return
    const dueAt = clock.now() + stallTimeoutMs
    this.#timer = clock.after(stallTimeoutMs, () => {
      // There is no reader while paused; after sleep, what arrived meanwhile is still to be read: count again.
      if (!this.#isWanted || clock.now() - dueAt > Math.max(LATE_MS, stallTimeoutMs / 2)) this.#watch()
      else this.#ended(false, errorOf('channel/stalled'))
    })
  }

  #ended(clean: boolean, cause?: unknown): void {
    this.channel.ended({ clean, cause, retryMs: this.#retryMs })
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
