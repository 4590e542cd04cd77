import type { ChannelSink, ChannelTraits, Clock, Opening, WebSocketChannel, WebSocketFrame } from '@holdfast/contract'
import { CHANNEL_DEFAULTS, type ChannelSocket, type DefinedChannel, defineChannel } from '@holdfast/contract/channel'
import { testkitError } from './errors.ts'
import type { MemoryPipe, Segment } from './memory-pipe.ts'

/** What one end of a memory link is made of. */
export interface MemoryChannelParts {
  readonly clock: Clock
  readonly traits: ChannelTraits
  readonly out: MemoryPipe
  readonly closeTimeoutMs: number
  /** Without a reader, frames of at most this size are queued; then the sender is pushed back. */
  readonly windowBytes: number
  readonly answersPings: boolean
  /** It reads again. */
  reading(): void
  /** It has ended: nothing more will be taken. Called once. */
  ended(): void
}

/** Bytes of a control frame's header, and of one with a code. */
const CONTROL_BYTES = 2

/** One end of a link in memory, as `defineChannel()` needs it. Its channel keeps the promises of a WebSocket. */
export class MemorySocket implements ChannelSocket<WebSocketFrame, WebSocketFrame> {
  readonly traits: ChannelTraits
  readonly read: ((isWanted: boolean) => void) | undefined
  readonly ping: (() => void) | undefined
  readonly #channel: DefinedChannel<WebSocketFrame, WebSocketFrame>
  readonly #parts: MemoryChannelParts
  #opening: Opening = { protocol: '' }
  /** False while what comes is held. */
  #isTaking = false
  /** Came while nothing was taken. */
  #unreadBytes = 0
  #isClosing = false
  /** The other end knows already. */
  #isDetached = false
  #hasEnded = false

  constructor(parts: MemoryChannelParts) {
    const { traits, clock, closeTimeoutMs, out } = parts
    this.#parts = parts
    this.traits = traits
    this.read = traits.pause ? (isWanted) => this.#take(isWanted) : undefined
    this.ping = traits.ping ? () => out.push({ kind: 'ping', bytes: CONTROL_BYTES }) : undefined
    this.#channel = defineChannel(this, { ...CHANNEL_DEFAULTS, closeTimeoutMs, clock })
  }

  get channel(): WebSocketChannel {
    return this.#channel
  }

  get opening(): Opening {
    return this.#opening
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Neither ended nor closing. */
  get isWriting(): boolean {
    return !this.#hasEnded && !this.#isClosing
  }

  /** False while it is full of what its sink has not taken. */
  get isReading(): boolean {
    return this.#isTaking || !this.traits.pause || this.#unreadBytes < this.#parts.windowBytes
  }

  /** Of the link: the result of the opening handshake. */
  opened(opening: Opening): void {
    this.#opening = opening
  }

  get bufferedBytes(): number {
    return this.#parts.out.queuedBytes
  }

  sink(given: ChannelSink<WebSocketFrame>): ChannelSink<WebSocketFrame> {
    return given
  }

  send(frame: WebSocketFrame): void {
    if (typeof frame === 'string') {
      this.#parts.out.push({ kind: 'frame', frame, bytes: utf8Length(frame) })
      return
    }
    if (!this.traits.binary) {
      throw testkitError('channel/unsupported', 'expected a text frame, since traits.binary is false; got binary')
    }
    this.#parts.out.push({ kind: 'frame', frame: frame.slice(), bytes: frame.byteLength })
  }

  flush(): void {
    this.#parts.out.whenDrained(() => this.#channel.flushed())
  }

  close(code: number | undefined, reason: string): void {
    this.#isClosing = true
    this.#parts.out.push({ kind: 'close', code, reason, bytes: CONTROL_BYTES })
  }

  free(): void {
    this.#hasEnded = true
    if (!this.#isDetached) {
      this.#parts.out.discardQueued()
      this.#parts.out.push({ kind: 'reset', bytes: 0 })
    }
    this.#parts.ended()
  }

  /** Of the link: what came through the pipe. */
  receive(segment: Segment): void {
    if (this.#hasEnded) return
    switch (segment.kind) {
      case 'frame':
        if (!this.#isTaking) this.#unreadBytes += segment.bytes
        this.#channel.frame(segment.frame)
        return
      case 'ping':
        if (this.#parts.answersPings && !this.#isClosing) this.#parts.out.push({ kind: 'pong', bytes: CONTROL_BYTES })
        return
      case 'pong':
        this.#channel.pong()
        return
      case 'close':
        this.#closed(segment)
        return
      case 'reset':
        this.lost()
        return
      case 'dial':
      case 'answer':
        return
    }
  }

  /** Of the link: the connection broke under this end. */
  lost(): void {
    if (this.#hasEnded) return
    this.#isDetached = true
    this.#channel.ended({ cause: testkitError('channel/connection_lost', 'the simulated connection was reset') })
  }

  #closed(segment: Segment & { readonly kind: 'close' }): void {
    if (!this.#isClosing) this.#parts.out.push(segment)
    this.#isDetached = true
    const { code, reason } = segment
    this.#channel.ended({ ...(code === undefined ? {} : { code }), reason, clean: true })
  }

  #take(isWanted: boolean): void {
    this.#isTaking = isWanted
    if (!isWanted) return
    this.#unreadBytes = 0
    this.#parts.reading()
  }
}

function utf8Length(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7ff) bytes += unit >= 0xd800 && unit <= 0xdfff ? 1 : 2
    else if (unit > 0x7f) bytes += 1
  }
  return bytes
}
