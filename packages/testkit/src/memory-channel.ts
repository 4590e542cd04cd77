import type {
  ChannelEnd,
  ChannelSink,
  ChannelTraits,
  Clock,
  Opening,
  Timer,
  WebSocketChannel,
  WebSocketFrame,
} from '@holdfast/contract'
import { testkitError } from './errors.ts'
import type { MemoryPipe, Segment } from './memory-pipe.ts'

/** What one end of a memory link is made of. */
export interface MemoryChannelParts {
  readonly clock: Clock
  readonly traits: ChannelTraits
  readonly out: MemoryPipe
  readonly closeTimeoutMs: number
  /** While nobody reads, frames of at most this size are held; then the sender is pushed back. */
  readonly windowBytes: number
  readonly answersPings: boolean
  /** It reads again. */
  reading(): void
  /** It has ended: nothing more will be taken. Called once. */
  ended(): void
}

/** Bytes of a control frame's header, and of one with a code. */
const CONTROL_BYTES = 2

/** One end of a link in memory. Keeps the promises of a WebSocket channel. */
export class MemoryChannel implements WebSocketChannel {
  readonly traits: ChannelTraits
  readonly #parts: MemoryChannelParts
  #opening: Opening = { protocol: '' }
  #sink: ChannelSink<WebSocketFrame> | undefined
  #paused = false
  /** True while frames go to `#held`: before start, while paused, and while earlier ones still wait. */
  #holding = true
  #held: WebSocketFrame[] = []
  #heldBytes = 0
  #closing = false
  #closeTimer: Timer | undefined
  #end: ChannelEnd | undefined
  #told = false

  constructor(parts: MemoryChannelParts) {
    this.#parts = parts
    this.traits = parts.traits
  }

  get opening(): Opening {
    return this.#opening
  }

  /** How it ended; undefined while it is open. */
  get end(): ChannelEnd | undefined {
    return this.#end
  }

  /** Neither ended nor closing. */
  get isWriting(): boolean {
    return this.#end === undefined && !this.#closing
  }

  /** False while it is full of what its sink has not taken. */
  get isReading(): boolean {
    return !this.#holding || !this.traits.pause || this.#heldBytes < this.#parts.windowBytes
  }

  /** Of the link: what the opening handshake told. */
  opened(opening: Opening): void {
    this.#opening = opening
  }

  start(sink: ChannelSink<WebSocketFrame>): void {
    if (this.#sink !== undefined) {
      throw testkitError('channel/already_started', 'expected one start(), got a second')
    }
    this.#sink = sink
    queueMicrotask(() => this.#release())
  }

  send(frame: WebSocketFrame): void {
    if (this.#end !== undefined || this.#closing) return
    if (typeof frame === 'string') {
      this.#parts.out.push({ kind: 'frame', frame, bytes: utf8Length(frame) })
      return
    }
    if (!this.traits.binary) {
      throw testkitError('channel/unsupported', 'expected a text frame, since traits.binary is false; got binary')
    }
    this.#parts.out.push({ kind: 'frame', frame: frame.slice(), bytes: frame.byteLength })
  }

  get bufferedBytes(): number {
    return this.#end === undefined ? this.#parts.out.queuedBytes : 0
  }

  drained(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.bufferedBytes === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const forget = this.#parts.out.whenDrained(() => {
        signal?.removeEventListener('abort', abort)
        resolve()
      })
      const abort = (): void => {
        forget()
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  pause(): void {
    if (this.#told) return
    this.#paused = true
    this.#holding = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#release()
  }

  ping(): void {
    if (!this.traits.ping) {
      throw testkitError('channel/unsupported', 'expected no ping(), since traits.ping is false')
    }
    if (this.#end === undefined && !this.#closing) this.#parts.out.push({ kind: 'ping', bytes: CONTROL_BYTES })
  }

  close(code?: number, reason = ''): void {
    if (code !== undefined) assertCloseCode(code)
    if (this.#end !== undefined || this.#closing) return
    this.#closing = true
    this.#parts.out.push({ kind: 'close', code, reason, bytes: CONTROL_BYTES })
    this.#closeTimer = this.#parts.clock.after(this.#parts.closeTimeoutMs, () => {
      const told = `expected the peer to answer close() within ${this.#parts.closeTimeoutMs} ms, it did not`
      this.#reset(testkitError('channel/close_timeout', told))
    })
  }

  terminate(): void {
    if (this.#end !== undefined) return
    this.#held = []
    this.#reset(undefined)
  }

  /** Of the link: what came through the pipe. */
  receive(segment: Segment): void {
    if (this.#end !== undefined) return
    switch (segment.kind) {
      case 'frame':
        this.#frame(segment.frame, segment.bytes)
        return
      case 'ping':
        if (this.#parts.answersPings && !this.#closing) this.#parts.out.push({ kind: 'pong', bytes: CONTROL_BYTES })
        return
      case 'pong':
        this.#sink?.pong?.()
        return
      case 'close':
        if (!this.#closing) this.#parts.out.push(segment)
        this.#finish(cleanEnd(segment.code, segment.reason))
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
    if (this.#end !== undefined) return
    const cause = testkitError('channel/connection_lost', 'the simulated connection was reset')
    this.#finish({ reason: '', clean: false, cause })
  }

  #frame(frame: WebSocketFrame, bytes: number): void {
    if (!this.#holding) {
      this.#sink?.frame(frame)
      return
    }
    this.#held.push(frame)
    this.#heldBytes += bytes
  }

  #reset(cause: Error | undefined): void {
    this.#parts.out.discardQueued()
    this.#parts.out.push({ kind: 'reset', bytes: 0 })
    this.#finish({ reason: '', clean: false, ...(cause === undefined ? {} : { cause }) })
  }

  #finish(end: ChannelEnd): void {
    this.#end = end
    this.#holding = true
    this.#closeTimer?.cancel()
    this.#parts.ended()
    queueMicrotask(() => this.#release())
  }

  /** Delivers what was held, in order, as long as the sink does not pause; then reads on, or tells the end. */
  #release(): void {
    const sink = this.#sink
    if (sink === undefined || this.#told) return
    while (this.#held.length > 0 && !(this.#paused && this.#end === undefined)) {
      const frame = this.#held.shift()
      if (frame !== undefined) sink.frame(frame)
    }
    if (this.#told) return
    if (this.#end !== undefined) {
      this.#told = true
      sink.closed(this.#end)
    } else if (!this.#paused) {
      this.#holding = false
      this.#heldBytes = 0
      this.#parts.reading()
    }
  }
}

function cleanEnd(code: number | undefined, reason: string): ChannelEnd {
  return { ...(code === undefined ? {} : { code }), reason, clean: true }
}

/** What RFC 6455 §7.4 lets an endpoint send. */
function assertCloseCode(code: number): void {
  const defined = code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006
  if (Number.isInteger(code) && (defined || (code >= 3000 && code <= 4999))) return
  throw testkitError('channel/invalid_close_code', `expected 1000-1003, 1007-1014 or 3000-4999, got ${code}`)
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
