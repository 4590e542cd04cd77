import { type Clock, systemClock } from '../clock.ts'
import type { Channel, ChannelEnd, ChannelSink, ChannelTraits, Opening } from './channel.ts'

/** What `defineChannel()` needs of a runtime's socket. `In` is what the channel delivers, `Item` what the socket reports. */
export interface ChannelSocket<In, Out, Item = In> {
  readonly traits: ChannelTraits
  readonly opening: Opening
  /** Bytes that `send()` took and the network has not. @defaultValue 0 */
  readonly bufferedBytes?: number | undefined
  /** Writes. Not called once a closing has begun. */
  send(frame: Out): void
  /**
   * Starts (`true`) or stops reading from the network; a new socket does not read. Leave it out where the runtime
   * cannot stop reading (`traits.pause` is false): then the buffer is bounded, and a full buffer ends the channel.
   */
  readonly read?: ((isWanted: boolean) => void) | undefined
  /**
   * A caller waits for an empty buffer: call `flushed()` once it may be. Asked again while it is not.
   * @defaultValue `flushed()` is called whenever the buffer was written
   */
  flush?(): void
  /** @defaultValue `ping()` throws `channel/unsupported` */
  readonly ping?: (() => void) | undefined
  /**
   * Asks the peer to close. Report its answer with `ended()`; the channel waits for it no longer than `closeTimeoutMs`.
   * The code was checked, and the reason fits into a close frame.
   * @defaultValue the channel ends at once, and cleanly
   */
  close?(code: number | undefined, reason: string): void
  /** The channel has ended, from either side: free all resources at once. The last call, made once. */
  free(): void
  /**
   * Wraps `given` in a sink that takes what the socket reports and passes on what the channel delivers. Where both are
   * the same: return `given`.
   */
  sink(given: ChannelSink<In>): ChannelSink<Item>
}

/** Bounds of a channel, and where its time comes from. */
export interface ChannelBounds {
  /** How long a closing may take, in milliseconds. */
  readonly closeTimeoutMs: number
  /**
   * Bound of the buffer for a sink that is paused, in bytes (64 more for each frame, and UTF-16 units for text). While
   * it is full nothing is read; where the runtime cannot stop reading, the channel ends with `channel/reader_too_slow`.
   */
  readonly maxBufferedBytes: number
  readonly clock: Clock
}

/** The default {@link ChannelBounds} of a channel. */
export const CHANNEL_DEFAULTS: ChannelBounds = {
  /** A peer on the far side of the world answers within a second; a dead one should not delay the next dial. */
  closeTimeoutMs: 1000,
  /** 16 MiB: several times the largest history that a peer sends in one message. */
  maxBufferedBytes: 16_777_216,
  clock: systemClock,
}

/** A channel, and the methods by which its socket reports events. After the channel has ended they do nothing. */
export interface DefinedChannel<In, Out, Item = In> extends Channel<In, Out> {
  /** Something arrived: it is delivered at once, or buffered while delivery is paused. */
  frame(item: Item): void
  pong(): void
  /** The buffer may be empty: those who wait in `drained()` look again. */
  flushed(): void
  /**
   * A closing has begun at the other end: nothing is sent any more, and without `ended()` within `closeTimeoutMs` the link is
   * given up, with this cause. @defaultValue `channel/close_timeout`
   */
  closing(cause?: unknown): void
  /** The link has ended. Without `clean: true` it was lost. */
  ended(end?: Partial<ChannelEnd>): void
  /** The app's, or with 2 the socket's own: that one is heeded at the end too. */
  pause(who?: 1 | 2): void
  resume(who?: 1 | 2): void
}
