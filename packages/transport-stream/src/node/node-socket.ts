import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectSecurely } from 'node:tls'
import {
  abortReason,
  doubtAfterSleep,
  isCertificateCode,
  OpenError,
  type Transport,
  throwIfAborted,
  type WebSocketChannel,
} from '@holdfast/contract'
import { CHANNEL_DEFAULTS, type ChannelBounds } from '@holdfast/contract/channel'
import { streamError } from '../errors.ts'
import { STREAM_TRAITS } from '../stream-traits.ts'
import { type Address, addressOf } from './address.ts'
import { DuplexSocket } from './duplex-socket.ts'

/** Options of {@link nodeSocket}. */
export interface NodeSocketOptions {
  /** For `tls:`: a client's own certificate, further authorities, the name to ask for (SNI). */
  readonly tls?:
    | Pick<
        ConnectionOptions,
        'ca' | 'cert' | 'key' | 'passphrase' | 'pfx' | 'servername' | 'rejectUnauthorized' | 'ALPNProtocols'
      >
    | undefined
  /**
   * Silence, in milliseconds, after which the system asks the peer's system whether it is still there (TCP keep-alive): one that
   * vanished is noticed some ten seconds later. Zero: never. @defaultValue {@link NODE_SOCKET_DEFAULTS}`.keepAliveMs`
   */
  readonly keepAliveMs?: number | undefined
  /** @defaultValue `CHANNEL_DEFAULTS` of `@holdfast/contract/channel` */
  readonly bounds?: ChannelBounds | undefined
}

/** What {@link nodeSocket} takes where nothing is said. */
export const NODE_SOCKET_DEFAULTS: { readonly keepAliveMs: number } = {
  /** As long as the engine waits before it asks, where there are pings. */
  keepAliveMs: 10_000,
}

/**
 * TCP (`tcp://host:port`), TLS (`tls://host:port`) and Unix sockets (`unix:/path`) of Node.js. What comes are pieces of bytes, with
 * no regard to messages: a codec of `@holdfast/core/codecs` cuts them, or `framed()` carries whole messages.
 *
 * The end of the peer's side ends the channel cleanly, after what was sent was written; a reset with `channel/connection_lost`.
 * Proxy variables are not heeded.
 */
export function nodeSocket(options: NodeSocketOptions = {}): Transport {
  return {
    name: 'node-socket',
    traits: STREAM_TRAITS,
    liveness: doubtAfterSleep(),
    open: async ({ url }, { signal }) => {
      throwIfAborted(signal)
      return dial(addressOf(url), signal, options)
    },
  }
}

/** A socket that a server has accepted, or any other that is open, as a channel. */
export function socketChannel(socket: Socket, bounds: ChannelBounds = CHANNEL_DEFAULTS): WebSocketChannel {
  const { channel } = new DuplexSocket({ readable: socket, writable: socket, bounds, destroy: () => socket.destroy() })
  let cause: unknown
  socket.on('error', (error) => {
    cause ??= streamError(
      'channel/connection_lost',
      `The connection was lost: ${reasonOf(error)}.`,
      detailsOf(error),
      error,
    )
  })
  socket.on('close', () => channel.ended(cause === undefined ? { clean: true } : { cause }))
  return channel
}

function dial(
  address: Address,
  signal: AbortSignal,
  { tls, bounds, ...options }: NodeSocketOptions,
): Promise<WebSocketChannel> {
  const { keepAliveMs = NODE_SOCKET_DEFAULTS.keepAliveMs } = options
  return new Promise((resolve, reject) => {
    const { to, isSecure } = address
    const alive = { noDelay: true, keepAlive: keepAliveMs > 0, keepAliveInitialDelay: keepAliveMs }
    const socket = isSecure ? connectSecurely({ ...to, ...alive, ...tls }) : connect({ ...to, ...alive })
    const settle = (): void => {
      signal.removeEventListener('abort', aborted)
      socket.removeListener('error', failed)
      socket.removeListener('close', closed)
    }
    const fail = (error: unknown): void => {
      settle()
      socket.on('error', () => {})
      socket.destroy()
      reject(error)
    }
    const aborted = (): void => fail(abortReason(signal))
    const failed = (error: Error): void => fail(unreachable(address.shown, error))
    const closed = (): void => failed(new Error('the connection ended before it was open'))
    signal.addEventListener('abort', aborted, { once: true })
    socket.on('error', failed).on('close', closed)
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      settle()
      resolve(socketChannel(socket, bounds))
    })
  })
}

function unreachable(shown: string, error: Error): OpenError {
  const details = { ...detailsOf(error) }
  if (!isCertificateCode(details.syscallCode)) {
    return new OpenError(`Could not open ${shown}: ${reasonOf(error)}.`, details, error)
  }
  const text = `Could not open ${shown}: the certificate is not accepted (${details.syscallCode}). Give the authority that signed it (tls.ca, or NODE_EXTRA_CA_CERTS in the environment), or correct it.`
  return new OpenError(text, { ...details, unsent: true }, error, 'channel/untrusted_certificate')
}

function detailsOf(error: Error): { readonly syscallCode?: string } {
  const code = 'code' in error ? error.code : undefined
  return typeof code === 'string' ? { syscallCode: code } : {}
}

/** An error of several attempts (IPv4 and IPv6) has no message of its own. */
function reasonOf(error: Error): string {
  return error.message === '' ? (detailsOf(error).syscallCode ?? error.name) : error.message
}
