import type { Readable, Writable } from 'node:stream'
import type { ChannelSink, ChannelTraits, Opening, WebSocketFrame } from '@holdfast/contract'
import { type ChannelBounds, type ChannelSocket, type DefinedChannel, defineChannel } from '@holdfast/contract/channel'
import { STREAM_TRAITS } from '../stream-traits.ts'

/** What a {@link DuplexSocket} is made of. */
export interface DuplexParts {
  readonly readable: Readable
  readonly writable: Writable
  readonly bounds: ChannelBounds
  /** Frees both, at once. */
  destroy(): void
}

/** Streams of Node.js, as `defineChannel()` needs them. Their end is reported by their owner. */
export class DuplexSocket implements ChannelSocket<WebSocketFrame, WebSocketFrame> {
  readonly traits: ChannelTraits = STREAM_TRAITS
  readonly opening: Opening = { protocol: '' }
  readonly channel: DefinedChannel<WebSocketFrame, WebSocketFrame>
  readonly #parts: DuplexParts

  constructor(parts: DuplexParts) {
    this.#parts = parts
    this.channel = defineChannel(this, parts.bounds)
    parts.readable.pause()
    parts.readable.on('data', (bytes: Buffer) => this.channel.frame(plain(bytes)))
    // The peer says no more: what was sent is still written, then this side ends too.
    parts.readable.once('end', () => {
      this.channel.closing()
      parts.writable.end()
    })
    parts.writable.on('drain', () => this.channel.flushed())
  }

  get bufferedBytes(): number {
    return this.#parts.writable.writableLength
  }

  sink(given: ChannelSink<WebSocketFrame>): ChannelSink<WebSocketFrame> {
    return given
  }

  send(frame: WebSocketFrame): void {
    if (this.#parts.writable.writable) this.#parts.writable.write(frame)
  }

  read(isWanted: boolean): void {
    if (isWanted) this.#parts.readable.resume()
    else this.#parts.readable.pause()
  }

  flush(): void {
    if (!this.#parts.writable.writable) return
    this.#parts.writable.write(NOTHING, (error) => {
      if (!error) this.channel.flushed()
    })
  }

  close(): void {
    this.#parts.writable.end()
  }

  free(): void {
    this.#parts.destroy()
  }
}

const NOTHING = new Uint8Array(0)

/** A Buffer's `slice()` is a window on memory that others use: a plain view of the same bytes. */
function plain({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length)
}
