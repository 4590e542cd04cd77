import type { ChannelSink, ChannelTraits, Opening, WebSocketFrame } from '@holdfast/contract'
import { type ChannelBounds, type ChannelSocket, type DefinedChannel, defineChannel } from '@holdfast/contract/channel'
import { streamError } from './errors.ts'
import { STREAM_TRAITS } from './stream-traits.ts'
import type { ReaderLike, StreamPair, WriterLike } from './web-stream-types.ts'

const encoder = /* @__PURE__ */ new TextEncoder()

/** Two Web Streams, as `defineChannel()` needs them. A piece is read when the one before was taken. */
export class WebStreamSocket implements ChannelSocket<WebSocketFrame, WebSocketFrame> {
  readonly traits: ChannelTraits = STREAM_TRAITS
  readonly opening: Opening = { protocol: '' }
  readonly channel: DefinedChannel<WebSocketFrame, WebSocketFrame>
  readonly #pair: StreamPair
  readonly #reader: ReaderLike
  readonly #writer: WriterLike
  #isWanted = false
  #isReading = false
  #unwritten = 0

  constructor(pair: StreamPair, bounds?: ChannelBounds) {
    this.#pair = pair
    this.#reader = pair.readable.getReader()
    this.#writer = pair.writable.getWriter()
    this.channel = defineChannel(this, bounds)
  }

  get bufferedBytes(): number {
    return this.#unwritten
  }

  sink(given: ChannelSink<WebSocketFrame>): ChannelSink<WebSocketFrame> {
    return given
  }

  send(frame: WebSocketFrame): void {
    const bytes = typeof frame === 'string' ? encoder.encode(frame) : frame
    this.#unwritten += bytes.length
    this.#writer.write(bytes).then(
      () => {
        this.#unwritten -= bytes.length
        if (this.#unwritten === 0) this.channel.flushed()
      },
      (error: unknown) => this.#lost(error),
    )
  }

  read(isWanted: boolean): void {
    this.#isWanted = isWanted
    if (isWanted && !this.#isReading) void this.#run()
  }

  close(): void {
    this.#writer.close().catch((error: unknown) => this.#lost(error))
  }

  free(): void {
    this.#isWanted = false
    this.#reader.cancel().catch(() => {})
    this.#writer.abort().catch(() => {})
    this.#pair.close?.()
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    this.#isReading = true
    try {
      while (this.#isWanted) {
        const { value } = await this.#reader.read()
        if (value === undefined) {
          await this.#peerEnded()
          break
        }
        this.channel.frame(typeof value === 'string' ? value : plain(value))
      }
    } catch (error) {
      this.#lost(error)
    }
    this.#isReading = false
  }

  /** What was sent is still written, then this side ends too. */
  async #peerEnded(): Promise<void> {
    this.channel.closing()
    await this.#writer.close().catch(() => {})
    this.channel.ended({ clean: true })
  }

  #lost(error: unknown): void {
    this.channel.ended({ cause: streamError('channel/connection_lost', 'The stream failed.', undefined, error) })
  }
}

/** Node's streams give Buffers, whose `slice()` is a window on memory that others use. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
