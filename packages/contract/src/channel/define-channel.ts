import { abortReason } from '../abort.ts'
import type { Timer } from '../clock.ts'
import { HoldfastError } from '../errors.ts'
import type { ChannelEnd, ChannelSink, ChannelTraits, Opening } from './channel.ts'
import { CHANNEL_DEFAULTS, type ChannelBounds, type ChannelSocket, type DefinedChannel } from './channel-socket.ts'
import { assertCloseCode, fitReason } from './close-frame.ts'

// Shared by channels that hold nothing: never changed.
const NOTHING: never[] = []

/** What a queued item costs beside its bytes. Bounds a flood of empty frames. */
const ITEM_BYTES = 64

/** Delivered items are released once they are this many: not one by one, which would move the rest each time. */
const MAX_DELIVERED = 1024

/**
 * Builds a channel from a runtime's socket, for authors of a transport. It keeps the promises of {@link Channel}:
 * nothing is delivered before `start()` or while paused; everything comes in order, `closed` once and last; `drained()`
 * is called; nothing is sent after the end; closing is bounded in time, and the buffer in bytes. The socket reports its
 * events through the methods that the returned channel has beside those of `Channel`.
 */
export function defineChannel<In, Out, Item = In>(
  socket: ChannelSocket<In, Out, Item>,
  bounds: ChannelBounds = CHANNEL_DEFAULTS,
): DefinedChannel<In, Out, Item> {
  return new HoldingChannel(socket, bounds)
}

/** Without closures of its own: there may be many that are idle. */
class HoldingChannel<In, Out, Item> implements DefinedChannel<In, Out, Item> {
  readonly #socket: ChannelSocket<In, Out, Item>
  readonly #bounds: ChannelBounds
  #sink: ChannelSink<Item> | undefined
  /** True while what comes goes to the sink at once. */
  #isFlowing = false
  /** True while it delivers, and for ever once the end was reported. */
  #isReleasing = false
  /** Who holds back: 1 for the app, 2 for the socket, 3 for both. */
  #pausedBy = 0
  #queue: Item[] = NOTHING
  /** Index in `#queue` of what is delivered next. */
  #next = 0
  #queuedBytes = 0
  #closing: Timer | undefined
  #end: ChannelEnd | undefined
  /** Made for the first waiter. */
  #waiters: Set<() => void> | undefined

  constructor(socket: ChannelSocket<In, Out, Item>, bounds: ChannelBounds) {
    this.#socket = socket
    this.#bounds = bounds
  }

  get traits(): ChannelTraits {
    return this.#socket.traits
  }

  get opening(): Opening {
    return this.#socket.opening
  }

  start(sink: ChannelSink<In>): void {
    if (this.#sink) throw new HoldfastError('channel/already_started', 'A channel starts once.')
    this.#sink = this.#socket.sink(sink)
    queueMicrotask(() => this.#release())
  }

  send(frame: Out): void {
    if (this.#isOpen) this.#socket.send(frame)
  }

  get #isOpen(): boolean {
    return !this.#end && !this.#closing
  }

  get bufferedBytes(): number {
    return this.#end ? 0 : (this.#socket.bufferedBytes ?? 0)
  }

  drained(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters ??= new Set()
      const waiters = this.#waiters
      const look = (): void => {
        if (signal?.aborted) reject(abortReason(signal))
        else if (this.bufferedBytes > 0) return
        else resolve()
        waiters.delete(look)
        if (waiters.size === 0 && this.#waiters === waiters) this.#waiters = undefined
        signal?.removeEventListener('abort', look)
      }
      waiters.add(look)
      signal?.addEventListener('abort', look)
      this.flushed()
    })
  }

  flushed(): void {
    for (const look of this.#waiters ?? []) look()
    if (this.#waiters?.size) this.#socket.flush?.()
  }

  pause(who: 1 | 2 = 1): void {
    this.#pausedBy |= who
    this.#isFlowing = false
    this.#look()
  }

  resume(who: 1 | 2 = 1): void {
    this.#pausedBy &= ~who
    this.#release()
  }

  ping(): void {
    if (!this.#socket.ping) throw new HoldfastError('channel/unsupported', 'No protocol pings here: use messages.')
    if (this.#isOpen) this.#socket.ping()
  }

  close(code?: number, reason = ''): void {
    if (code !== undefined) assertCloseCode(code)
    if (!this.#isOpen) return
    if (!this.#socket.close) return this.ended({ clean: true })
    this.#socket.close(code, fitReason(reason))
    this.closing()
  }

  terminate(): void {
    this.#queue = NOTHING
    this.#next = this.#queuedBytes = 0
    this.ended()
  }

  frame(item: Item): void {
    if (this.#isFlowing) return this.#sink?.frame(item)
    if (this.#end) return
    if (this.#queue === NOTHING) this.#queue = []
    this.#queue.push(item)
    this.#queuedBytes += costOf(item)
    this.#look()
    if (this.#isOverfull && !this.#socket.read) this.#giveUp('channel/reader_too_slow')
  }

  pong(): void {
    if (!this.#end) this.#sink?.pong?.()
  }

  closing(cause?: unknown): void {
    if (this.#end) return
    const { clock, closeTimeoutMs } = this.#bounds
    this.#closing ??= clock.after(closeTimeoutMs, () => this.#giveUp('channel/close_timeout', cause))
    this.#look()
  }

  #giveUp(code: string, cause: unknown = new HoldfastError(code, `The link was given up: ${code}`)): void {
    this.ended({ cause })
  }

  ended(end?: Partial<ChannelEnd>): void {
    if (this.#end) return
    this.#end = { reason: '', clean: false, ...end }
    this.#isFlowing = false
    this.#closing?.cancel()
    this.flushed()
    this.#socket.free()
    queueMicrotask(() => this.#release())
  }

  get #isOverfull(): boolean {
    return this.#queuedBytes > this.#bounds.maxBufferedBytes
  }

  /** Reads for a sink that takes it; and while closing, so that the peer's answer behind unread frames is seen. */
  #look(): void {
    if (!this.#end) this.#socket.read?.(this.#closing ? !this.#isOverfull : this.#isFlowing)
  }

  /** Delivers what waits while nothing pauses it; then the end, which the app cannot pause, or reads on. */
  #release(): void {
    if (!this.#sink || this.#isReleasing) return
    this.#isReleasing = true
    try {
      while (this.#next < this.#queue.length && !this.#isPaused) {
        const item = this.#queue[this.#next++] as Item
        this.#queuedBytes -= costOf(item)
        this.#sink.frame(item)
      }
    } catch (error) {
      // The runtime reports a sink that throws, and the rest still comes.
      queueMicrotask(() => this.#release())
      throw error
    } finally {
      this.#isReleasing = false
    }
    if (this.#next === this.#queue.length || this.#next > MAX_DELIVERED) {
      this.#queue = this.#next === this.#queue.length ? NOTHING : this.#queue.slice(this.#next)
      this.#next = 0
    }
    if (this.#queue !== NOTHING || this.#isPaused) return
    // To read on may deliver, and end, at once: an end is reported in a turn of its own.
    this.#isFlowing = !this.#end
    if (!this.#end) return this.#look()
    this.#isReleasing = true
    this.#sink.closed(this.#end)
  }

  get #isPaused(): boolean {
    return this.#pausedBy > (this.#end ? 1 : 0)
  }
}

function costOf(item: unknown): number {
  return ITEM_BYTES + ((item as { readonly length?: number }).length ?? 0)
}
