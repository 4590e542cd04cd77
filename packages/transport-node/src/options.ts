import type { ConnectionOptions } from 'node:tls'
import { type Clock, HoldfastError, systemClock } from '@holdfast/contract'
import { CHANNEL_DEFAULTS, type ChannelBounds } from '@holdfast/contract/channel'

/** What TLS needs to know, as `node:tls` takes it. */
export type TlsOptions = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'passphrase' | 'pfx' | 'servername' | 'rejectUnauthorized'
>

/** How an open channel behaves. */
export interface NodeChannelOptions {
  /**
   * How long `close()` waits for the peer before the socket is terminated, in milliseconds.
   * @defaultValue {@link NODE_WEB_SOCKET_DEFAULTS}.closeTimeoutMs
   */
  readonly closeTimeoutMs?: number | undefined
  /** Where time comes from. @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

/** How a channel that a server accepted behaves. */
export interface AcceptOptions extends NodeChannelOptions {
  /**
   * How many frames of one client are delivered in one turn of the event loop: one that says thousands at once must not hold
   * up all others.
   * @defaultValue {@link NODE_WEB_SOCKET_DEFAULTS}.maxFramesPerTurn
   */
  readonly maxFramesPerTurn?: number | undefined
}

/** Options of `nodeWebSocket()`. */
export interface NodeWebSocketOptions extends NodeChannelOptions {
  /**
   * The HTTP proxy to tunnel through, such as `http://user:password@proxy:3128`; `false` for none.
   * @defaultValue what `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say at each dial
   */
  readonly proxy?: string | false | undefined
  /** Certificates for `wss:`: a client's own for mutual TLS, further authorities, the name to ask for (SNI). */
  readonly tls?: TlsOptions | undefined
  /**
   * The largest message that is accepted, in bytes. A larger one ends the channel (close code 1009, RFC 6455 §7.4.1).
   * @defaultValue {@link NODE_WEB_SOCKET_DEFAULTS}.maxPayloadBytes
   */
  readonly maxPayloadBytes?: number | undefined
}

/** Defaults of {@link NodeWebSocketOptions} and {@link AcceptOptions}. */
export const NODE_WEB_SOCKET_DEFAULTS: Readonly<{
  closeTimeoutMs: number
  maxPayloadBytes: number
  maxFramesPerTurn: number
}> = {
  closeTimeoutMs: CHANNEL_DEFAULTS.closeTimeoutMs,
  /** 16 MiB: several times the largest history that a peer sends in one message. */
  maxPayloadBytes: 16_777_216,
  /** Beside four clients that send without a pause, a command of another is answered within 51 ms; with 32 it was 142. */
  maxFramesPerTurn: 16,
}

/** Options with their defaults filled in. */
export interface ResolvedOptions {
  readonly bounds: ChannelBounds
  readonly proxy: string | false | undefined
  readonly tls: TlsOptions
  readonly maxPayloadBytes: number
}

/** @throws `channel/invalid_option` */
export function resolveOptions(options: NodeWebSocketOptions): ResolvedOptions {
  if (typeof options.proxy === 'string') assertProxy(options.proxy)
  return {
    bounds: boundsOf(options),
    proxy: options.proxy,
    tls: { ...options.tls },
    maxPayloadBytes: positive('maxPayloadBytes', options.maxPayloadBytes ?? NODE_WEB_SOCKET_DEFAULTS.maxPayloadBytes),
  }
}

/** While closing, a paused channel keeps at most this much for its reader; then it stops reading. */
const MAX_BUFFERED_BYTES = 1_048_576

/** @throws `channel/invalid_option` */
function boundsOf(options: NodeChannelOptions): ChannelBounds {
  return {
    closeTimeoutMs: positive('closeTimeoutMs', options.closeTimeoutMs ?? NODE_WEB_SOCKET_DEFAULTS.closeTimeoutMs),
    maxBufferedBytes: MAX_BUFFERED_BYTES,
    clock: options.clock ?? systemClock,
  }
}

/** @throws `channel/invalid_option` */
export function resolveAcceptOptions(options: AcceptOptions): {
  readonly bounds: ChannelBounds
  readonly maxFramesPerTurn: number
} {
  const { maxFramesPerTurn = NODE_WEB_SOCKET_DEFAULTS.maxFramesPerTurn } = options
  return { bounds: boundsOf(options), maxFramesPerTurn: positive('maxFramesPerTurn', maxFramesPerTurn) }
}

/** `ws` and timers take 32-bit integers. */
const MAX_INTEGER = 2_147_483_647

function positive(option: string, value: number): number {
  if (Number.isInteger(value) && value > 0 && value <= MAX_INTEGER) return value
  throw new HoldfastError(
    'channel/invalid_option',
    `${option} must be a whole number from 1 to ${MAX_INTEGER}, not ${value}.`,
    { details: { option } },
  )
}

function assertProxy(proxy: string): void {
  if (URL.canParse(proxy) && /^https?:$/.test(new URL(proxy).protocol)) return
  throw new HoldfastError('channel/invalid_option', 'proxy must be an http: or https: URL, or false.', {
    details: { option: 'proxy' },
  })
}
