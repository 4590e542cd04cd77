import type { SseEvent } from '@holdfast/contract'

/** What {@link eventParser} is given. */
export interface EventParserOptions {
  /** The id in force before the first event: what went out as `Last-Event-ID`. */
  readonly lastId: string
  /** The longest event, and the longest line. */
  readonly maxEventChars: number
  readonly onEvent: (event: SseEvent) => void
  /** The id in force is another one now: after its event, or where a block had none. */
  readonly onCursor: (id: string) => void
  /** `retry:` in milliseconds, as the server sent it. */
  readonly onRetry: (ms: number) => void
  /** A line or an event is longer than allowed. Feed no more, and ignore what is still reported. */
  readonly onTooLarge: () => void
}

/**
 * Bytes to events (HTML Living Standard §9.2.6). The function takes the bytes in pieces of any size: the events are the
 * same wherever they were cut. Lines that mean nothing are passed over, as the standard says.
 */
export function eventParser(options: EventParserOptions): (bytes: Uint8Array) => void {
  const block = new Block(options)
  // Takes a byte order mark off the beginning.
  const decoder = new TextDecoder()
  /** The beginning of a line whose end has not come. Joined once, so that a long line is not copied with every piece. */
  let begun: string[] = []
  let begunChars = 0
  let afterCr = false
  return (bytes) => {
    let text = decoder.decode(bytes, { stream: true })
    if (text === '') return
    // A CR ends its line at once, and a LF that follows it, even in the next piece, is part of it.
    if (afterCr && text.startsWith('\n')) text = text.slice(1)
    afterCr = text.endsWith('\r')
    const [first = '', ...lines] = text.split(/\r\n?|\n/)
    begun.push(first)
    begunChars += first.length
    for (const next of lines) {
      block.line(begun.join(''))
      begun = [next]
      begunChars = next.length
    }
    if (begunChars + block.chars > options.maxEventChars) options.onTooLarge()
  }
}

/** The fields of the event that is being read. */
class Block {
  /** Length of its data so far. */
  chars = 0
  readonly #options: EventParserOptions
  #lastId: string
  #id: string | undefined
  #event = ''
  #data: string[] = []

  constructor(options: EventParserOptions) {
    this.#options = options
    this.#lastId = options.lastId
  }

  line(line: string): void {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    // Of a line without a colon the whole is the field's name; a comment has no name.
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (name === 'data') {
      this.chars += value.length + Math.min(this.#data.length, 1)
      this.#data.push(value)
    } else if (name === 'event') this.#event = value
    else if (name === 'id' && !value.includes('\0')) this.#id = value
    else if (name === 'retry' && /^\d+$/.test(value)) this.#options.onRetry(Number(value))
  }

  #dispatch(): void {
    const { maxEventChars, onEvent, onCursor, onTooLarge } = this.#options
    const id = this.#id ?? this.#lastId
    const moved = id !== this.#lastId
    this.#lastId = id
    if (this.#data.length > 0) {
      const data = this.#data.join('\n')
      if (data.length > maxEventChars) onTooLarge()
      onEvent({ event: this.#event || 'message', data, id })
    }
    if (moved) onCursor(id)
    this.#id = undefined
    this.#event = ''
    this.#data = []
    this.chars = 0
  }
}
