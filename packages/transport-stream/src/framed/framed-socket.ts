import type { ChannelSink, ChannelTraits, Opening, WebSocketChannel, WebSocketFrame } from '@holdfast/contract'
import { type ChannelBounds, type ChannelSocket, type DefinedChannel, defineChannel } from '@holdfast/contract/channel'
import { streamError } from '../errors.ts'
import { type Frame, type FrameCutter, frameOf, KIND, textOf } from './frame.ts'

/** What a channel of whole messages on a stream can do: all that a WebSocket can. */
export const FRAMED_TRAITS: ChannelTraits = { binary: true, ping: true, pause: true, requestHeaders: true }

/** What a {@link FramedSocket} is made of. */
export interface FramedParts {
  /** Of bytes, started. */
  readonly stream: WebSocketChannel
  readonly cutter: FrameCutter
  readonly opening: Opening
  readonly bounds: ChannelBounds
}

/** Whole messages on a channel of bytes, as `defineChannel()` needs them. */
export class FramedSocket implements ChannelSocket<WebSocketFrame, WebSocketFrame> {
  readonly traits: ChannelTraits = FRAMED_TRAITS
  readonly opening: Opening
  readonly channel: DefinedChannel<WebSocketFrame, WebSocketFrame>
  readonly #parts: FramedParts
  #isWanted = false
  #isDelivering = false
  #isClosing = false
  #endsPolitely = false

  constructor(parts: FramedParts) {
    this.#parts = parts
    this.opening = parts.opening
    this.channel = defineChannel(this, parts.bounds)
  }

  get bufferedBytes(): number {
    return this.#parts.stream.bufferedBytes
  }

  sink(given: ChannelSink<WebSocketFrame>): ChannelSink<WebSocketFrame> {
    return given
  }

  send(frame: WebSocketFrame): void {
    this.#parts.stream.send(frameOf(typeof frame === 'string' ? KIND.text : KIND.bytes, frame))
  }

  read(isWanted: boolean): void {
    this.#isWanted = isWanted
    if (!isWanted) return this.#parts.stream.pause()
    this.received()
    if (this.#isWanted) this.#parts.stream.resume()
  }

  flush(): void {
    void this.#parts.stream.drained().then(() => this.channel.flushed())
  }

  ping(): void {
    this.#parts.stream.send(frameOf(KIND.ping))
  }

  close(code: number | undefined, reason: string): void {
    this.#isClosing = true
    this.#parts.stream.send(closeFrame(code, reason))
  }

  free(): void {
    if (this.#endsPolitely) this.#parts.stream.close()
    else this.#parts.stream.terminate()
  }

  /** More has come: frames are delivered while they are wanted, what is between them at once. */
  received(isLast = false): void {
    // A sink that pauses and reads on at each frame is noticed by the loop that delivers it.
    if (this.#isDelivering) return
    this.#isDelivering = true
    while ((isLast || this.#isWanted) && this.#deliverNext()) {}
    this.#isDelivering = false
  }

  #deliverNext(): boolean {
    const frame = this.#parts.cutter.next()
    if (frame === undefined) return false
    if ('tooLarge' in frame) this.#tooLarge(frame.tooLarge)
    else this.#receive(frame)
    return !('tooLarge' in frame)
  }

  /** The stream has ended; what came before it is delivered first. */
  lost(cause: unknown): void {
    this.received(true)
    const error = streamError('channel/connection_lost', 'The stream ended without a close frame.', undefined, cause)
    this.channel.ended({ cause: cause ?? error })
  }

  #receive(frame: Frame): void {
    const { kind, payload } = frame
    if (kind === KIND.text) this.channel.frame(textOf(frame))
    else if (kind === KIND.bytes) this.channel.frame(payload)
    else if (kind === KIND.ping) this.#parts.stream.send(frameOf(KIND.pong))
    else if (kind === KIND.pong) this.channel.pong()
    else if (kind === KIND.close) this.#closed(payload, textOf({ kind, payload: payload.subarray(2) }))
    else this.#violated(`a frame of kind ${kind}`)
  }

  #closed(payload: Uint8Array, reason: string): void {
    const [high, low] = payload
    const code = high === undefined || low === undefined ? undefined : high * 256 + low
    if (!this.#isClosing) this.#parts.stream.send(closeFrame(code, reason))
    this.#endsPolitely = true
    this.#isWanted = false
    this.channel.ended({ ...(code === undefined ? {} : { code }), reason, clean: true })
  }

  #tooLarge(bytes: number): void {
    this.channel.ended({
      cause: streamError('channel/message_too_large', `A message of ${bytes} bytes is too large.`, { bytes }),
    })
  }

  #violated(reason: string): void {
    this.channel.ended({ cause: streamError('channel/peer_violation', `The peer sent ${reason}.`, { reason }) })
  }
}

function closeFrame(code: number | undefined, reason: string): Uint8Array {
  if (code === undefined) return frameOf(KIND.close)
  const frame = frameOf(KIND.close, `  ${reason}`)
  new DataView(frame.buffer).setUint16(frame.length - new TextEncoder().encode(reason).length - 2, code)
  return frame
}
