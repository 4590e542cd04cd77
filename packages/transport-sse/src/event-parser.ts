import type { SseEvent } from '@holdfast/contract'
import { createParser } from 'eventsource-parser'

/** What {@link eventParser} is given. */
export interface EventParserOptions {
  /** The id in force before the first event: what went out as `Last-Event-ID`. */
  readonly lastId: string
  /** The longest event, and the longest line. */
  readonly maxEventChars: number
  readonly onEvent: (event: SseEvent) => void
  /** `retry:` in milliseconds, as the server sent it. */
  readonly onRetry: (ms: number) => void
  /** A line or an event is longer than allowed. Feed no more, and heed nothing that is still told. */
  readonly onTooLarge: () => void
}

/**
 * Bytes to events (HTML Living Standard §9.2.6). The function takes the bytes in pieces of any size: the events are the
 * same wherever they were cut. Lines that mean nothing are passed over, as the standard says.
 */
export function eventParser(options: EventParserOptions): (bytes: Uint8Array) => void {
  const { maxEventChars, onEvent, onRetry, onTooLarge } = options
  let { lastId } = options
  const decoder = new TextDecoder()
  let afterCr = false
  const parser = createParser({
    maxBufferSize: maxEventChars,
    onEvent({ id = lastId, event = 'message', data }) {
      // The parser looks at its bound after a piece; an event inside one piece is measured here.
      if (data.length > maxEventChars) onTooLarge()
      lastId = id
      onEvent({ event, data, id })
    },
    onRetry,
    onError({ type }) {
      if (type === 'max-buffer-size-exceeded') onTooLarge()
    },
  })
  return (bytes) => {
    let text = decoder.decode(bytes, { stream: true })
    if (text === '') return
    // A CR ends its line at once, and a LF that follows it, even in the next piece, is part of it. The parser would
    // wait for what follows, and hold back the last event of a stream that uses CR.
    if (afterCr && text.startsWith('\n')) text = text.slice(1)
    afterCr = text.endsWith('\r')
    parser.feed(text.replace(/\r\n?/g, '\n'))
  }
}
