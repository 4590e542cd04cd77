/** What this link can and cannot do. Conformance suites read it; code may branch on it. */
export interface ChannelTraits {
  /** Carries `Uint8Array` frames. */
  readonly binary: boolean
  /** Has protocol-level ping and pong (RFC 6455 §5.5.2). */
  readonly ping: boolean
  /** `pause()` reaches the peer's socket; otherwise frames are buffered on this side. */
  readonly pause: boolean
  /** `target.headers` are sent. Browsers cannot. */
  readonly requestHeaders: boolean
}

/**
 * How a channel ended. `code` and `reason` are what the peer's close frame carried: a code that no frame
 * carried (1005 and 1006 of RFC 6455 §7.4.1) is absent, never made up.
 */
export interface ChannelEnd {
  readonly code?: number | undefined
  readonly reason: string
  /** The closing handshake of the protocol completed. */
  readonly clean: boolean
  /** The error behind an unclean end, where the runtime reports one. */
  readonly cause?: unknown
  /** The delay before the next dial that the server asks for (`retry:` of an event stream), in milliseconds as sent. */
  readonly retryMs?: number | undefined
  /** The next dial continues after what this channel delivered: for a transport with `exchange`. */
  readonly resumable?: boolean | undefined
}

/** Receives what a channel delivers. `closed` is called exactly once, last. */
export interface ChannelSink<In> {
  frame(frame: In): void
  pong?(): void
  /** An event stream's id in force moved, after the event that moved it or without one (HTML Living Standard §9.2.6). */
  cursor?(id: string): void
  closed(end: ChannelEnd): void
}

/** What the opening handshake returned, as far as the runtime exposes it. */
export interface Opening {
  /** The subprotocol that the server selected. Empty when none. */
  readonly protocol: string
  /** Response headers with lower-case names; absent where the runtime hides them. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** One open link. Delivers nothing before `start()`; then everything in order, with `closed` once and last. */
export interface Channel<In, Out> {
  readonly traits: ChannelTraits
  readonly opening: Opening
  /** Starts delivery. @throws `channel/already_started` on a second call. */
  start(sink: ChannelSink<In>): void
  /** Never blocks; watch `bufferedBytes` and await `drained()`. After the end of the channel it does nothing. */
  send(frame: Out): void
  /** Bytes accepted by `send()` that have not been handed to the network. */
  readonly bufferedBytes: number
  /** Resolves when the buffer has emptied or the channel has ended. Rejects with the signal's reason. */
  drained(signal?: AbortSignal): Promise<void>
  /** Stops delivery of frames. When the channel ends meanwhile, the buffered frames and `closed` follow at once. */
  pause(): void
  resume(): void
  /** @throws `channel/unsupported` without `traits.ping`. */
  ping(): void
  /** Asks the peer to close. `closed` follows even where the peer never answers. */
  close(code?: number, reason?: string): void
  /** At once: frees the socket; `closed` follows with `clean: false`. */
  terminate(): void
}

/** What a WebSocket carries in one message. */
export type WebSocketFrame = string | Uint8Array
export type WebSocketChannel = Channel<WebSocketFrame, WebSocketFrame>

/** One event of a `text/event-stream` (HTML Living Standard §9.2). */
export interface SseEvent {
  /** The event's name; `message` where the stream gave none. */
  readonly event: string
  readonly data: string
  /** The last event id in force when this event was dispatched; empty when none. */
  readonly id: string
}
/** `send()` cannot be called: read-only is a type. */
export type EventStreamChannel = Channel<SseEvent, never>
