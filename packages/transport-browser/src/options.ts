import { type Clock, systemClock } from '@holdfast/contract'
import { CHANNEL_DEFAULTS } from '@holdfast/contract/channel'
import { SENTENCES } from '@holdfast/contract/words'
import type { ClassifyDialsOptions } from './classify-dials.ts'
import { errorOf } from './errors.ts'
import type { WebSocketConstructor } from './web-socket-like.ts'

/** Options of {@link browserWebSocket}. */
export interface BrowserWebSocketOptions {
  /** @defaultValue the runtime's `WebSocket`, looked up at each dial */
  readonly WebSocket?: WebSocketConstructor | undefined
  /**
   * How long `close()` waits for the peer before the socket is given up, in milliseconds.
   * @defaultValue {@link BROWSER_WEB_SOCKET_DEFAULTS}`.closeTimeoutMs`
   */
  readonly closeTimeoutMs?: number | undefined
  /**
   * What may wait here while the channel is paused or not started, in bytes (64 more for each frame, and UTF-16 units
   * for text). Beyond it the channel ends. @defaultValue {@link BROWSER_WEB_SOCKET_DEFAULTS}`.maxBufferedBytes`
   */
  readonly maxBufferedBytes?: number | undefined
  /**
   * How failed dials are looked into, see `classifyDials()`; `false`: not at all.
   * @defaultValue every second one in a row is followed by one HTTP request to the same address
   */
  readonly classify?: ClassifyDialsOptions | false | undefined
  /** Where time comes from. @defaultValue the system's time */
  readonly clock?: Clock | undefined
}

/** What {@link browserWebSocket} takes where nothing is said. */
export const BROWSER_WEB_SOCKET_DEFAULTS: { readonly closeTimeoutMs: number; readonly maxBufferedBytes: number } =
  CHANNEL_DEFAULTS

/** Options with their defaults filled in. */
export interface ResolvedOptions {
  readonly WebSocket: WebSocketConstructor | undefined
  readonly closeTimeoutMs: number
  readonly maxBufferedBytes: number
  readonly clock: Clock
}

/** @throws `channel/invalid_option` */
export function resolveOptions({
  WebSocket,
  closeTimeoutMs = BROWSER_WEB_SOCKET_DEFAULTS.closeTimeoutMs,
  maxBufferedBytes = BROWSER_WEB_SOCKET_DEFAULTS.maxBufferedBytes,
  clock = systemClock,
}: BrowserWebSocketOptions): ResolvedOptions {
  if (!(closeTimeoutMs > 0 && maxBufferedBytes > 0)) {
    throw errorOf(
      'channel/invalid_option',
      SENTENCES ? 'expected closeTimeoutMs, maxBufferedBytes > 0' : 'closeTimeoutMs, maxBufferedBytes',
    )
  }
  return { WebSocket, closeTimeoutMs, maxBufferedBytes, clock }
}
