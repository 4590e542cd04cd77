import type { Socket } from 'node:net'
import * as holdfast from '@holdfast/core/contract'

/** What this link can do. The engine and the conformance suite read it. */
export const LINE_TRAITS: holdfast.ChannelTraits = { binary: false, ping: false, pause: true, requestHeaders: false }

/** A peer that does not answer a close is left after this, in milliseconds. */
const CLOSE_TIMEOUT_MS = 1_000
/** The longest line, in characters. */
export const MAX_LINE = 16_777_216
/** While closing, so many messages are kept for a reader that pauses; then nothing more is read. */
const MAX_HELD = 10_000

/** One socket as a channel. A frame is a line of JSON: `"text"` for a message, `{"close":[code,reason]}` for the end. */
export class LineChannel implements holdfast.WebSocketChannel {
  readonly traits: holdfast.ChannelTraits = LINE_TRAITS
  readonly opening: holdfast.Opening
  readonly #socket: Socket
  #sink: holdfast.ChannelSink<holdfast.WebSocketFrame> | undefined
  #rest = ''
  #held: string[] = []
  #paused = false
  #delivering = false
  /** Messages may be sent: neither side has begun to close. */
  #open = true
  #goodbye: holdfast.ChannelEnd | undefined
  #end: holdfast.ChannelEnd | undefined
  #cause: unknown
  #closing: holdfast.Timer | undefined
  #unwritten = 0
  #drains: (() => void)[] = []

  /** @param early - what was read behind the handshake already */
  constructor(socket: Socket, opening: holdfast.Opening, early: string) {
    this.opening = opening
    this.#socket = socket
    socket.pause()
    socket.on('data', (text: string) => this.#read(text))
    socket.on('error', (error) => {
      this.#cause ??= error
    })
    socket.on('close', () => this.#ended())
    this.#read(early)
  }

  /** From here on frames are delivered, in order; `closed` once and last. Not in this turn: the caller is not ready yet. */
  start(sink: holdfast.ChannelSink<holdfast.WebSocketFrame>): void {
    if (this.#sink !== undefined) throw new holdfast.HoldfastError('channel/already_started', 'A channel starts once.')
    this.#sink = sink
    queueMicrotask(() => this.#deliver())
  }

  send(frame: holdfast.WebSocketFrame): void {
    if (typeof frame !== 'string') throw new holdfast.HoldfastError('channel/unsupported', 'Lines carry text alone.')
    if (this.#open) this.#write(frame)
  }

  get bufferedBytes(): number {
    return this.#end === undefined ? this.#socket.writableLength : 0
  }

  drained(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.#unwritten === 0 || this.#end !== undefined) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#drains.push(resolve)
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  }

  pause(): void {
    this.#paused = true
    if (this.#open) this.#socket.pause()
  }

  resume(): void {
    this.#paused = false
    this.#deliver()
  }

  ping(): void {
    throw new holdfast.HoldfastError('channel/unsupported', 'Lines have no pings: give the protocol some.')
  }

  close(code?: number, reason = ''): void {
    if (!this.#open) return
    this.#open = false
    this.#write({ close: [code, reason] })
    this.#closing = holdfast.systemClock.after(CLOSE_TIMEOUT_MS, () => this.#socket.destroy())
    // The answer may stand behind frames that nobody has read.
    this.#socket.resume()
  }

  terminate(): void {
    this.#open = false
    this.#held = []
    this.#socket.destroy()
  }

  // ---- inwards ------------------------------------------------------------------------------------

  #read(text: string): void {
    const lines = text.split('\n')
    const rest = lines.pop() ?? ''
    for (const line of lines) {
      this.#take(this.#rest + line)
      this.#rest = ''
    }
    this.#rest += rest
    if (this.#rest.length > MAX_LINE) this.#violated(`a line is longer than ${MAX_LINE} characters`)
  }

  #take(line: string): void {
    if (this.#socket.destroyed || this.#goodbye !== undefined) return
    const said = parse(line)
    if (typeof said === 'string') {
      this.#held.push(said)
      if (this.#held.length > MAX_HELD) this.#socket.pause()
      this.#deliver()
    } else if (said === undefined) {
      this.#violated('a line is neither a message nor a close')
    } else {
      const [code, reason] = said.close
      this.#goodbye = { ...(code === undefined ? {} : { code }), reason, clean: true }
      this.close(code, reason)
      this.#socket.end()
    }
  }

  #violated(what: string): void {
    this.#cause ??= new holdfast.HoldfastError('channel/peer_violation', `Expected a line of JSON, but ${what}.`)
    this.#socket.destroy()
  }

  /** Hands over what is held, unless the reader pauses; then the end, or reads on. */
  #deliver(): void {
    const sink = this.#sink
    if (sink === undefined || this.#delivering) return
    this.#delivering = true
    for (let next = 0; next < this.#held.length; next++) {
      if (this.#paused && this.#end === undefined) {
        this.#held.splice(0, next)
        this.#delivering = false
        return
      }
      sink.frame(this.#held[next] ?? '')
    }
    this.#held = []
    this.#delivering = false
    if (this.#end !== undefined) {
      this.#sink = { frame: () => {}, closed: () => {} }
      sink.closed(this.#end)
    } else if (!this.#paused) {
      this.#socket.resume()
    }
  }

  #ended(): void {
    this.#closing?.cancel()
    this.#open = false
    this.#end ??= this.#goodbye ?? { reason: '', clean: false, cause: this.#cause }
    for (const drained of this.#drains.splice(0)) drained()
    this.#deliver()
  }

  // ---- outwards -----------------------------------------------------------------------------------

  #write(line: unknown): void {
    this.#unwritten += 1
    this.#socket.write(`${JSON.stringify(line)}\n`, () => {
      this.#unwritten -= 1
      if (this.#unwritten === 0) for (const drained of this.#drains.splice(0)) drained()
    })
  }
}

/** A line as what it says; undefined where it says nothing that is known. */
function parse(
  line: string,
): string | { readonly close: readonly [code: number | undefined, reason: string] } | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'string') return value
    const close = typeof value === 'object' && value !== null && 'close' in value ? value.close : undefined
    if (!Array.isArray(close)) return undefined
    const [code, reason] = close
    return { close: [typeof code === 'number' ? code : undefined, typeof reason === 'string' ? reason : ''] }
  } catch {
    return undefined
  }
}
