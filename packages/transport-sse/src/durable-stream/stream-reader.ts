import {
  type ChannelSink,
  type Clock,
  type EventStreamChannel,
  type Opening,
  pause,
  type SseEvent,
  type Timer,
} from '@holdfast/contract'
import { CHANNEL_DEFAULTS, type ChannelSocket, type DefinedChannel, defineChannel } from '@holdfast/contract/channel'
import { EVENT_STREAM_TRAITS } from '../channel.ts'
import { errorOf } from '../errors.ts'
import { askForPage, type PageRequestParts, type StreamPage } from './stream-pages.ts'
import { pageUrl, placeOf } from './stream-url.ts'

/** What a reader is made of. */
export interface StreamReaderParts extends PageRequestParts {
  readonly stream: URL
  readonly opening: Opening
  /** What the stream began with. */
  readonly state: StreamPage
  readonly stallTimeoutMs: number | null
}

/** An answer without anything new is not asked for again before this: a server that gives it at once would be asked without end. */
const LEAST_WAIT_MS = 500
const EMPTY_PAUSE_MS = 1_000

/** A session's stream as a channel of events: page by page as far as it goes, then each page as it comes. */
export function streamChannel(parts: StreamReaderParts): EventStreamChannel {
  return new StreamReader(parts).channel
}

class StreamReader implements ChannelSocket<SseEvent, never> {
  readonly traits = EVENT_STREAM_TRAITS
  readonly opening: Opening
  readonly channel: DefinedChannel<SseEvent, never>
  readonly #parts: StreamReaderParts
  readonly #clock: Clock
  readonly #end = new AbortController()
  #offset: string
  /** The number that was last reported: the next message says it, where numbers are missing on purpose. */
  #previous: number
  #cursor: string | undefined
  #isLive = false
  #isWanted = false
  #isReading = false
  #hasReported = false
  #timer: Timer | undefined

  constructor(parts: StreamReaderParts) {
    this.#parts = parts
    this.#clock = parts.clock
    this.opening = parts.opening
    this.channel = defineChannel(this, { ...CHANNEL_DEFAULTS, clock: parts.clock })
    this.#offset = parts.state.headers['stream-next-offset'] ?? '-1'
    this.#previous = placeOf(this.#offset).seq
  }

  sink(given: ChannelSink<SseEvent>): ChannelSink<SseEvent> {
    return given
  }

  send(): void {
    throw errorOf('channel/unsupported')
  }

  read(isWanted: boolean): void {
    this.#isWanted = isWanted
    if (isWanted && !this.#isReading) void this.#run()
  }

  close(): void {
    this.channel.ended({ clean: true })
  }

  free(): void {
    this.#isWanted = false
    this.#timer?.cancel()
    this.#end.abort()
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    this.#isReading = true
    try {
      if (!this.#hasReported) this.#begin()
      while (this.#isWanted) await this.#next()
    } catch (error) {
      this.channel.ended({ cause: errorOf('channel/connection_lost', error), retryMs: retryMsOf(error) })
    }
    this.#isReading = false
  }

  #begin(): void {
    this.#hasReported = true
    const { messages, headers } = this.#parts.state
    this.#deliver(messages)
    if (headers['stream-up-to-date'] === 'true') this.#goLive()
  }

  async #next(): Promise<void> {
    const began = this.#clock.now()
    const live = this.#isLive ? { cursor: this.#cursor } : undefined
    const { headers, messages } = await this.#ask(pageUrl(this.#parts.stream, this.#offset, live))
    const before = this.#offset
    this.#offset = headers['stream-next-offset'] ?? before
    // It distinguishes an empty answer from the one before. At a new position all readers ask the same, however they came there.
    this.#cursor = this.#offset === before ? headers['stream-cursor'] : undefined
    this.#deliver(messages)
    if (headers['stream-closed'] === 'true') return this.channel.ended({ clean: true })
    if (!this.#isLive && headers['stream-up-to-date'] === 'true') this.#goLive()
    else if (this.#offset !== before && placeOf(this.#offset).seq > this.#previous) this.#place('mark')
    const isQuick = this.#clock.now() - began < LEAST_WAIT_MS
    if (live !== undefined && this.#offset === before && isQuick) {
      await pause(this.#clock, EMPTY_PAUSE_MS, this.#end.signal)
    }
  }

  /** Within the time in which an answer comes, or the connection is dead. */
  async #ask(url: string): Promise<StreamPage> {
    const { stallTimeoutMs } = this.#parts
    const asking = new AbortController()
    const stop = (): void => asking.abort()
    this.#end.signal.addEventListener('abort', stop)
    if (stallTimeoutMs !== null) {
      this.#timer = this.#clock.after(stallTimeoutMs, () => {
        this.channel.ended({ cause: errorOf('channel/stalled') })
      })
    }
    try {
      return await askForPage(url, asking.signal, this.#parts)
    } finally {
      this.#timer?.cancel()
      this.#end.signal.removeEventListener('abort', stop)
    }
  }

  #goLive(): void {
    this.#isLive = true
    this.#place('live')
  }

  /** Where the stream stands, as an event stream of the hub says it (hub §11). */
  #place(type: 'live' | 'mark'): void {
    const { position, seq, anchor } = placeOf(this.#offset)
    this.channel.frame({ event: type, data: JSON.stringify({ type, seq, anchor }), id: position })
  }

  #deliver(messages: readonly unknown[]): void {
    for (const message of messages) {
      const event = typeOf(message)
      this.channel.frame({ event, data: JSON.stringify(this.#stamped(message)), id: '' })
    }
  }

  /** A message whose number does not follow the one before says which came before it: none is missing by accident. */
  #stamped(message: unknown): unknown {
    if (typeof message !== 'object' || message === null || !('seq' in message)) return message
    const { seq } = message
    if (typeof seq !== 'number' || typeOf(message) === 'hydration') return message
    const previous = this.#previous
    this.#previous = seq
    return previous === seq - 1 ? message : { ...message, prev: previous }
  }
}

function typeOf(message: unknown): string {
  const type: unknown = typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined
  return typeof type === 'string' ? type : 'message'
}

function retryMsOf(error: unknown): number | undefined {
  const { details }: { details?: { readonly retryAfterMs?: unknown } } = Object(error)
  const retryAfterMs = details?.retryAfterMs
  return typeof retryAfterMs === 'number' ? retryAfterMs : undefined
}
