import type { SseEvent } from '@holdfast/contract'
import { createParser } from 'eventsource-parser'

/** What an {@link EventParser} tells. */
export interface EventParserSink {
  event(event: SseEvent): void
  /** `retry:` in milliseconds, as the server sent it. */
  retry(ms: number): void
  /** A line or an event is longer than allowed. Nothing is told after it. */
  tooLarge(): void
}

/**
 * Bytes to events (HTML Living Standard §9.2.6). Takes the bytes in pieces of any size: the events are the same
 * wherever they were cut. Lines that mean nothing are passed over, as the standard says.
 */
export class EventParser {
  readonly #decoder = new TextDecoder()
  readonly #parser: ReturnType<typeof createParser>
  #lastId: string
  #afterCr = false
  #failed = false

  /** @param lastId the id in force before the first event: what went out as `Last-Event-ID` */
  constructor(sink: EventParserSink, options: { readonly lastId: string; readonly maxEventChars: number }) {
    this.#lastId = options.lastId
    const tooLarge = (): void => {
      this.#failed = true
      sink.tooLarge()
    }
    this.#parser = createParser({
      maxBufferSize: options.maxEventChars,
      onEvent: ({ id = this.#lastId, event = 'message', data }) => {
        if (this.#failed) return
        // The parser looks at its bound after a piece; an event inside one piece is measured here.
        if (data.length > options.maxEventChars) return tooLarge()
        this.#lastId = id
        sink.event({ event, data, id })
      },
      onRetry: (ms) => sink.retry(ms),
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded' && !this.#failed) tooLarge()
      },
    })
  }

  feed(bytes: Uint8Array): void {
    if (!this.#failed) this.#parser.feed(this.#withLineFeeds(this.#decoder.decode(bytes, { stream: true })))
  }

  /**
   * CR and CR LF become LF. The parser waits after a CR for what follows, and with it the last event of a stream that
   * uses CR; a CR ends its line at once, and a LF that follows it, even in the next piece, is part of it.
   */
  #withLineFeeds(text: string): string {
    if (text === '') return text
    const rest = this.#afterCr && text.startsWith('\n') ? text.slice(1) : text
    this.#afterCr = text.endsWith('\r')
    return rest.includes('\r') ? rest.replace(/\r\n?/g, '\n') : rest
  }
}
