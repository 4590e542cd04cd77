import { jsonText } from '@holdfast/contract'
import type { ByteQueue } from '@holdfast/contract/channel'
import {
  bytesOf,
  type Cut,
  checkedBytes,
  type Framing,
  type MessageCodec,
  type StreamCodec,
  streamCodec,
} from './framing.ts'
import { SizedCutter } from './sized-cutter.ts'

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
 * A header without a readable length is reported as an invalid message, and reading continues at the next header.
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
  readonly #cutter: SizedCutter
  #header = ''

  constructor(maxBytes: number) {
    this.#cutter = new SizedCutter((bytes) => this.#readLength(bytes), maxBytes, 'contentLength')
  }

  cut(piece: Uint8Array): Iterable<Cut> {
    return this.#cutter.cut(piece)
  }

  /** Reads on to the end of the header. */
  #readLength(bytes: ByteQueue): number | { readonly issue: string } | undefined {
    while (bytes.length > 0) {
      const [byte = 0] = bytes.take(1)
      this.#header += String.fromCharCode(byte)
      if (byte === LF && /^\r?\n$|\n\r?\n$/.test(this.#header)) {
        const header = this.#header
        this.#header = ''
        // Some peers put an empty line behind a message.
        if (header.trim() !== '') return lengthIn(header)
      }
      if (this.#header.length > MAX_HEADER_BYTES) {
        this.#header = ''
        return { issue: `a header of more than ${MAX_HEADER_BYTES} bytes: expected Content-Length and an empty line` }
      }
    }
    return undefined
  }

  readonly frame = (message: Uint8Array): Uint8Array => {
    const header = bytesOf(`Content-Length: ${message.length}\r\n\r\n`)
    const whole = new Uint8Array(header.length + message.length)
    whole.set(header)
    whole.set(message, header.length)
    return whole
  }
}

function lengthIn(header: string): number | { readonly issue: string } {
  const length = /^content-length:[ \t]*(\d{1,15})[ \t]*\r?$/im.exec(header)?.[1]
  return length === undefined ? { issue: 'a header without a Content-Length that can be read' } : Number(length)
}
