import { type ClientProtocol, type Liveness, messagePing, transportPing, type WebSocketFrame } from '@holdfast/core'
import { type ShellFrame, type ShellMessage, shellCodec } from '@holdfast/shell-framing'
import { type HandshakeHost, type ShellReady, shellHandshake } from './handshake.ts'
import { judgeShell } from './judge.ts'

/** Intervals without a pong, and the connection is dead (shell §3: 60 s at the default of 30). */
const PONG_INTERVALS = 2
/** An unanswered probe is repeated after this long at the latest. */
const PROBE_MS = 10_000

/** What {@link shellProtocol} is told. */
export interface ShellProtocolOptions extends HandshakeHost {
  /** Milliseconds between pings; 0: none. */
  readonly keepaliveIntervalMs: number
}

/** The shell protocol (agentcore dialect) as the engine wants it: codec, handshake, liveness, judgement. */
export function shellProtocol(
  options: ShellProtocolOptions,
): ClientProtocol<ShellFrame, ShellMessage, WebSocketFrame, WebSocketFrame, ShellReady> {
  return {
    name: 'shell',
    codec: shellCodec(),
    liveness: options.keepaliveIntervalMs === 0 ? 'none' : keepalive(options),
    handshake: (link) => shellHandshake(link, options),
    judge: judgeShell,
  }
}

/**
 * Pings on a timer of their own; only a pong counts, since output must not hide that nothing arrives any more. Where the
 * runtime has no pings (browsers), the protocol's own heartbeat, which the server echoes, does the same (shell §1).
 */
function keepalive({ keepaliveIntervalMs: everyMs }: ShellProtocolOptions): Liveness<ShellFrame, ShellMessage> {
  const bounds = {
    everyMs,
    probeAfterMs: everyMs,
    pongTimeoutMs: Math.min(PROBE_MS, everyMs),
    timeoutMs: PONG_INTERVALS * everyMs,
  }
  const pings = transportPing(bounds)
  const heartbeats = messagePing<ShellFrame, ShellMessage>(
    { ping: () => ({ channel: 'heartbeat' }), isPong: (frame) => frame.channel === 'heartbeat' },
    bounds,
  )
  return (host) => (host.traits.ping ? pings(host) : heartbeats(host))
}
