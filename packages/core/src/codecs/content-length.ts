import { jsonText } from '@holdfast/contract'
import { ByteQueue } from '@holdfast/contract/channel'
import {
  bytesOf,
  type Cut,
  checkedBytes,
  type Framing,
  type MessageCodec,
  type StreamCodec,
  streamCodec,
  tooLarge,
} from './framing.ts'

/** Options of {@link contentLength}. */
export interface ContentLengthOptions {
  /** The largest content, in bytes. A larger one is skipped and reported as an invalid message. @defaultValue 16 MiB */
  readonly maxBytes?: number | undefined
}

const LF = 10
/** Headers are two short lines. */
const MAX_HEADER_BYTES = 8_192

/**
 * A header `Content-Length: N`, an empty line, and N bytes of UTF-8: the base protocol of LSP (Language Server Protocol
 * 3.17, base protocol) and of the Debug Adapter Protocol. Other headers are ignored. Without a codec of messages: one
 * JSON value each.
 *
 * A header without a readable length is reported as an invalid message, and reading goes on at the next header.
 * @throws `codec/invalid_option`
 */
export function contentLength(messages?: undefined, options?: ContentLengthOptions): StreamCodec<unknown, unknown>
export function contentLength<In, Out>(
  messages: MessageCodec<In, Out>,
  options?: ContentLengthOptions,
): StreamCodec<In, Out>
export function contentLength(
  messages: MessageCodec<unknown, unknown> = jsonText(),
  options: ContentLengthOptions = {},
): StreamCodec<unknown, unknown> {
  const maxBytes = checkedBytes(options.maxBytes)
  return streamCodec(messages, () => new HeaderFraming(maxBytes), true)
}

class HeaderFraming implements Framing {
  readonly #maxBytes: number
  readonly #bytes = new ByteQueue()
  #header = ''
  #length: number | undefined
  #toSkip = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  *cut(piece: Uint8Array): Iterable<Cut> {
    this.#bytes.push(piece)
    for (;;) {
      this.#toSkip -= this.#bytes.skip(this.#toSkip)
      if (this.#toSkip > 0) return
      if (this.#length === undefined) {
        const issue = this.#readHeader()
        if (issue !== undefined) yield issue
        if (this.#length === undefined && this.#bytes.length === 0) return
        continue
      }
      if (this.#bytes.length < this.#length) return
      const content = this.#bytes.take(this.#length)
      this.#length = undefined
      yield content
    }
  }

  /** Reads on to the end of the header. Sets what follows it, or says what is wrong. */
  #readHeader(): Cut | undefined {
    while (this.#bytes.length > 0) {
      const [byte = 0] = this.#bytes.take(1)
      this.#header += String.fromCharCode(byte)
      if (byte === LF && /^\r?\n$|\n\r?\n$/.test(this.#header)) return this.#endHeader()
      if (this.#header.length > MAX_HEADER_BYTES) {
        this.#header = ''
        return { issue: `a header of more than ${MAX_HEADER_BYTES} bytes: expected Content-Length and an empty line` }
      }
    }
    return undefined
  }

  #endHeader(): Cut | undefined {
    const length = /^content-length:[ \t]*(\d{1,15})[ \t]*\r?$/im.exec(this.#header)?.[1]
    const isEmpty = this.#header.trim() === ''
    this.#header = ''
    // Some peers put an empty line behind a message.
    if (isEmpty) return undefined
    if (length === undefined) return { issue: 'a header without a Content-Length that can be read' }
    if (Number(length) <= this.#maxBytes) {
      this.#length = Number(length)
      return undefined
    }
    this.#toSkip = Number(length)
    return tooLarge('a message', this.#maxBytes, 'contentLength')
  }

  readonly frame = (message: Uint8Array): Uint8Array => {
    const header = bytesOf(`Content-Length: ${message.length}\r\n\r\n`)
    const whole = new Uint8Array(header.length + message.length)
    whole.set(header)
    whole.set(message, header.length)
    return whole
  }
}
