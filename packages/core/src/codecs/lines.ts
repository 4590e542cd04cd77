import { ByteQueue } from '@holdfast/contract/channel'
import { codecError } from './errors.ts'
import {
  type Cut,
  checkedBytes,
  type Framing,
  type MessageCodec,
  type StreamCodec,
  streamCodec,
  tooLarge,
} from './framing.ts'
import { plainText } from './whole-messages.ts'

/** Options of {@link lines}. */
export interface LinesOptions {
  /**
   * The longest line, in bytes without its end. A longer one is skipped and reported as an invalid message.
   * @defaultValue 16 MiB
   */
  readonly maxBytes?: number | undefined
  /** Empty lines are no messages, as where they keep a connection alive. @defaultValue false */
  readonly skipEmpty?: boolean | undefined
}

const LF = 10
const CR = 13

/**
 * One message a line, in UTF-8: JSON Lines with `lines(jsonText())`, IRC, Redis, many daemons. A line ends with LF or
 * CR LF, and is written with LF. Text without a line end when the channel ends is not a message.
 *
 * A message whose text contains a line break is not written: `codec/unframeable`.
 * @throws `codec/invalid_option`
 */
export function lines(messages?: undefined, options?: LinesOptions): StreamCodec<string, string>
export function lines<In, Out>(messages: MessageCodec<In, Out>, options?: LinesOptions): StreamCodec<In, Out>
export function lines(
  messages: MessageCodec<unknown, string> = plainText,
  options: LinesOptions = {},
): StreamCodec<unknown, string> {
  const maxBytes = checkedBytes(options.maxBytes)
  return streamCodec(messages, () => new LineFraming(maxBytes, options.skipEmpty ?? false), true)
}

class LineFraming implements Framing {
  readonly #maxBytes: number
  readonly #skipsEmpty: boolean
  readonly #line = new ByteQueue()
  /** The line is too long, which was reported: it is left out to its end. */
  #isSkipping = false

  constructor(maxBytes: number, skipsEmpty: boolean) {
    this.#maxBytes = maxBytes
    this.#skipsEmpty = skipsEmpty
  }

  *cut(piece: Uint8Array): Iterable<Cut> {
    let start = 0
    while (start < piece.length) {
      const end = piece.indexOf(LF, start)
      const part = piece.subarray(start, end < 0 ? piece.length : end)
      start += part.length + 1
      if (!this.#isSkipping) this.#line.push(part)
      // One more, for the CR before the LF.
      if (this.#line.length > this.#maxBytes + 1) yield this.#skip()
      if (end >= 0) yield* this.#end()
    }
  }

  #skip(): Cut {
    this.#isSkipping = true
    this.#line.clear()
    return tooLarge('a line', this.#maxBytes, 'lines')
  }

  *#end(): Iterable<Cut> {
    const wasSkipping = this.#isSkipping
    this.#isSkipping = false
    if (wasSkipping) return
    const line = this.#line.take(this.#line.length)
    const text = line.at(-1) === CR ? line.subarray(0, -1) : line
    if (text.length > this.#maxBytes) yield tooLarge('a line', this.#maxBytes, 'lines')
    else if (text.length > 0 || !this.#skipsEmpty) yield text
  }

  readonly frame = (message: Uint8Array): Uint8Array => {
    if (message.includes(LF))
      throw codecError(
        'codec/unframeable',
        'A message of lines() may have no line break: encode it, or use lengthPrefixed().',
      )
    const line = new Uint8Array(message.length + 1)
    line.set(message)
    line[message.length] = LF
    return line
  }
}
