import { type Clock, systemClock } from '../clock.ts'
import type { Channel, ChannelEnd, ChannelSink, ChannelTraits, Opening } from './channel.ts'

/** What `defineChannel()` needs of a runtime's socket. `In` is what is delivered, `Item` what the socket tells. */
export interface ChannelSocket<In, Out, Item = In> {
  readonly traits: ChannelTraits
  readonly opening: Opening
  /** Bytes that `send()` took and the network has not. @defaultValue 0 */
  readonly bufferedBytes?: number | undefined
  /** Writes. Not called once a closing has begun. */
  send(frame: Out): void
  /**
   * Whether to read from the network; at the beginning it does not. Leave it out where the runtime reads all the same
   * (`traits.pause` is false): then what is held is bounded, and more of it ends the channel.
   */
  readonly read?: ((isWanted: boolean) => void) | undefined
  /**
   * Somebody waits for an empty buffer: call `flushed()` once it may be. Asked again while it is not.
   * @defaultValue `flushed()` is called whenever the buffer was written
   */
  flush?(): void
  /** @defaultValue `ping()` throws `channel/unsupported` */
  readonly ping?: (() => void) | undefined
  /**
   * Asks the peer to close; its answer is told by `ended()`, and waited for no longer than `closeTimeoutMs`. The code was
   * checked, and the reason fits into a close frame. @defaultValue the channel ends at once, and cleanly
   */
  close?(code: number | undefined, reason: string): void
  /** The channel has ended, whoever ended it: frees what is left, at once. The last call, made once. */
  free(): void
  /** The sink of what the socket tells, of which it makes what `given` is to get. Where both are the same: `given`. */
  sink(given: ChannelSink<In>): ChannelSink<Item>
}

/** Bounds of a channel, and where its time comes from. */
export interface ChannelBounds {
  /** How long a closing may take, in milliseconds. */
  readonly closeTimeoutMs: number
  /**
   * What may be held for a sink that does not take it, in bytes (64 more for each frame, and UTF-16 units for text). With more
   * nothing is read; where the runtime reads all the same, the channel ends with `channel/reader_too_slow`.
   */
  readonly maxBufferedBytes: number
  readonly clock: Clock
}

/** The {@link ChannelBounds} of a channel where nothing is said. */
export const CHANNEL_DEFAULTS: ChannelBounds = {
  /** A peer on the far side of the world answers within a second; a dead one should not delay the next dial. */
  closeTimeoutMs: 1000,
  /** 16 MiB: several times the largest history that a peer sends in one message. */
  maxBufferedBytes: 16_777_216,
  clock: systemClock,
}

/** A channel, and what its socket tells it. After its end nothing that is told has an effect. */
export interface DefinedChannel<In, Out, Item = In> extends Channel<In, Out> {
  /** Something came: delivered at once, or held until it may be. */
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
