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
import { plainBytes } from './whole-messages.ts'

/** Options of {@link lengthPrefixed}. */
export interface LengthPrefixedOptions {
  /** How many bytes the length takes. @defaultValue 4 */
  readonly lengthBytes?: 1 | 2 | 4 | undefined
  /** @defaultValue false: the most significant byte first, as on most wires */
  readonly littleEndian?: boolean | undefined
  /** The largest message, in bytes. A larger one is skipped and reported as an invalid message. @defaultValue 16 MiB */
  readonly maxBytes?: number | undefined
  /** Messages are UTF-8, and given to their codec as text. @defaultValue false */
  readonly text?: boolean | undefined
}

/**
 * A length before each message. Without a codec of messages the messages are bytes;
 * `lengthPrefixed(jsonText(), { text: true })` for JSON.
 *
 * A message longer than the length field can express is not written: `codec/unframeable`.
 * @throws `codec/invalid_option`
 */
export function lengthPrefixed(
  messages?: undefined,
  options?: LengthPrefixedOptions,
): StreamCodec<Uint8Array, Uint8Array>
export function lengthPrefixed<In, Out>(
  messages: MessageCodec<In, Out>,
  options?: LengthPrefixedOptions,
): StreamCodec<In, Out>
export function lengthPrefixed(
  messages: MessageCodec<unknown, Uint8Array> = plainBytes,
  options: LengthPrefixedOptions = {},
): StreamCodec<unknown, Uint8Array> {
  const { lengthBytes = 4, littleEndian = false, text = false } = options
  if (![1, 2, 4].includes(lengthBytes)) {
    throw codecError('codec/invalid_option', `lengthBytes must be 1, 2 or 4, not ${lengthBytes}.`)
  }
  const maxBytes = checkedBytes(options.maxBytes)
  return streamCodec(messages, () => new PrefixFraming(lengthBytes, littleEndian, maxBytes), text)
}

class PrefixFraming implements Framing {
  readonly #lengthBytes: number
  readonly #littleEndian: boolean
  readonly #maxBytes: number
  readonly #bytes = new ByteQueue()
  /** Of the message that has begun. */
  #length: number | undefined
  /** Of a message that is too large: not seen yet. */
  #toSkip = 0

  constructor(lengthBytes: number, littleEndian: boolean, maxBytes: number) {
    this.#lengthBytes = lengthBytes
    this.#littleEndian = littleEndian
    this.#maxBytes = maxBytes
  }

  *cut(piece: Uint8Array): Iterable<Cut> {
    this.#bytes.push(piece)
    for (;;) {
      this.#toSkip -= this.#bytes.skip(this.#toSkip)
      if (this.#toSkip > 0) return
      if (this.#length === undefined) {
        if (this.#bytes.length < this.#lengthBytes) return
        this.#length = this.#read(this.#bytes.take(this.#lengthBytes))
      }
      if (this.#length > this.#maxBytes) {
        this.#toSkip = this.#length
        this.#length = undefined
        yield tooLarge('a message', this.#maxBytes, 'lengthPrefixed')
        continue
      }
      if (this.#bytes.length < this.#length) return
      const message = this.#bytes.take(this.#length)
      this.#length = undefined
      yield message
    }
  }

  #read(bytes: Uint8Array): number {
    const ordered = this.#littleEndian ? bytes.slice().reverse() : bytes
    return ordered.reduce((length, byte) => length * 256 + byte, 0)
  }

  readonly frame = (message: Uint8Array): Uint8Array => {
    const most = 256 ** this.#lengthBytes - 1
    if (message.length > most) {
      throw codecError(
        'codec/unframeable',
        `A message of ${message.length} bytes does not fit: ${this.#lengthBytes} bytes of length say at most ${most}.`,
      )
    }
    const whole = new Uint8Array(this.#lengthBytes + message.length)
    for (let index = 0, left = message.length; index < this.#lengthBytes; index += 1, left = Math.floor(left / 256)) {
      whole[this.#littleEndian ? index : this.#lengthBytes - 1 - index] = left % 256
    }
    whole.set(message, this.#lengthBytes)
    return whole
  }
}
