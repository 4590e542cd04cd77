import { type ClientProtocol, messagePing, transportPing, type WebSocketFrame } from '@holdfast/core'
import type { Liveness } from '@holdfast/core/contract'
import { type ShellFrame, type ShellMessage, shellCodec } from '@holdfast/shell-framing'
import { type HandshakeHost, type ShellReady, shellHandshake } from './handshake.ts'
import { shellRetryPolicy } from './retry-policy.ts'

/** An unanswered probe is repeated after this long at the latest. */
const PROBE_MS = 10_000

/** What {@link shellProtocol} is told. */
export interface ShellProtocolOptions extends HandshakeHost {
  /** Milliseconds between pings (`Infinity`: none), and without a pong until the link is dead. */
  readonly pings: { readonly intervalMs: number; readonly timeoutMs: number }
}

/** The shell protocol (agentcore dialect) as the engine wants it: codec, handshake, liveness, retry policy. */
export function shellProtocol(
  options: ShellProtocolOptions,
): ClientProtocol<ShellFrame, ShellMessage, WebSocketFrame, WebSocketFrame, ShellReady> {
  return {
    name: 'shell',
    codec: shellCodec(),
    liveness: options.pings.intervalMs === Number.POSITIVE_INFINITY ? 'none' : keepalive(options),
    handshake: (link) => shellHandshake(link, options),
    retryPolicy: shellRetryPolicy,
  }
}

/**
 * Pings on a timer of their own; only a pong counts, since output must not hide that nothing arrives any more. Where the
 * runtime has no pings (browsers), the protocol's own heartbeat, which the server echoes, does the same (shell §1).
 */
function keepalive({ pings: { intervalMs, timeoutMs } }: ShellProtocolOptions): Liveness<ShellFrame, ShellMessage> {
  const bounds = {
    everyMs: intervalMs,
    probeAfterMs: intervalMs,
    pongTimeoutMs: Math.min(PROBE_MS, intervalMs),
    timeoutMs,
  }
  const pings = transportPing(bounds)
  const heartbeats = messagePing<ShellFrame, ShellMessage>(
    { ping: () => ({ channel: 'heartbeat' }), isPong: (frame) => frame.channel === 'heartbeat' },
    bounds,
  )
  return (host) => (host.traits.ping ? pings(host) : heartbeats(host))
}
