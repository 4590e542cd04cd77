import {
  type Cause,
  type ClientProtocol,
  type Codec,
  type HandshakeLink,
  messagePing,
  type RetryContext,
  type RetryDecision,
  transportPing,
  type WebSocketFrame,
} from '@holdfast/core'
import type { Liveness } from '@holdfast/core/contract'
import { type ShellFrame, type ShellMessage, shellCodec } from '@holdfast/shell-framing'
import { type HandshakeHost, type ShellReady, shellHandshake } from './handshake.ts'
import { PONG_INTERVALS, SHELL_SESSION_DEFAULTS } from './options.ts'
import { shellRetryPolicy } from './retry-policy.ts'

/** An unanswered probe is repeated after this long at the latest. */
const PROBE_MS = 10_000

/** Options of {@link shellProtocol}. */
export interface ShellProtocolOptions extends HandshakeHost {
  /** Milliseconds between pings (`Infinity`: none), and without a pong until the link is dead. */
  readonly pings: { readonly intervalMs: number; readonly timeoutMs: number }
}

/** The shell protocol (agentcore dialect) as the engine wants it: codec, handshake, liveness, retry policy. */
export function shellProtocol(
  options: ShellProtocolOptions,
): ClientProtocol<ShellFrame, ShellMessage, WebSocketFrame, WebSocketFrame, ShellReady> {
  return new ShellProtocol(options)
}

type ShellCodec = Codec<ShellFrame, ShellMessage, WebSocketFrame, Uint8Array>

/** Has no memory, and serves all sessions. */
const CODEC: ShellCodec = /* @__PURE__ */ shellCodec()

class ShellProtocol implements ClientProtocol<ShellFrame, ShellMessage, WebSocketFrame, WebSocketFrame, ShellReady> {
  readonly name = 'shell'
  readonly codec: ShellCodec = CODEC
  readonly #options: ShellProtocolOptions

  constructor(options: ShellProtocolOptions) {
    this.#options = options
  }

  handshake(link: HandshakeLink<ShellFrame, ShellMessage>): Promise<ShellReady> {
    return shellHandshake(link, this.#options)
  }

  get liveness(): Liveness<ShellFrame, ShellMessage> | 'none' {
    const { pings } = this.#options
    if (pings.intervalMs === Number.POSITIVE_INFINITY) return 'none'
    const { livenessIntervalMs: usual } = SHELL_SESSION_DEFAULTS
    const isUsual = pings.intervalMs === usual && pings.timeoutMs === usual * PONG_INTERVALS
    return isUsual ? USUAL_KEEPALIVE : keepalive(pings)
  }

  retryPolicy(cause: Cause, context: RetryContext): RetryDecision {
    return shellRetryPolicy(cause, context)
  }
}

/**
 * Pings on a timer of their own; only a pong counts, since output must not hide that nothing arrives any more. Where the
 * runtime has no pings (browsers), the protocol's own heartbeat, which the server echoes, does the same (shell §1).
 */
function keepalive({ intervalMs, timeoutMs }: ShellProtocolOptions['pings']): Liveness<ShellFrame, ShellMessage> {
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

/** Shared by sessions that set nothing else: an idle one is small. */
const USUAL_KEEPALIVE = /* @__PURE__ */ keepalive({
  intervalMs: SHELL_SESSION_DEFAULTS.livenessIntervalMs,
  timeoutMs: SHELL_SESSION_DEFAULTS.livenessIntervalMs * PONG_INTERVALS,
})
