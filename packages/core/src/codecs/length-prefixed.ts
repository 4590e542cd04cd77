import type { ByteQueue } from '@holdfast/contract/channel'
import { codecError } from './errors.ts'
import { type Cut, checkedBytes, type Framing, type MessageCodec, type StreamCodec, streamCodec } from './framing.ts'
import { SizedCutter } from './sized-cutter.ts'
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
  readonly #cutter: SizedCutter

  constructor(lengthBytes: number, littleEndian: boolean, maxBytes: number) {
    this.#lengthBytes = lengthBytes
    this.#littleEndian = littleEndian
    this.#cutter = new SizedCutter((bytes) => this.#readLength(bytes), maxBytes, 'lengthPrefixed')
  }

  cut(piece: Uint8Array): Iterable<Cut> {
    return this.#cutter.cut(piece)
  }

  #readLength(bytes: ByteQueue): number | undefined {
    if (bytes.length < this.#lengthBytes) return undefined
    const prefix = bytes.take(this.#lengthBytes)
    const ordered = this.#littleEndian ? prefix.slice().reverse() : prefix
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
