import {
  type ClientProtocol,
  type DeadRule,
  type Liveness,
  type LivenessHost,
  transportPing,
  type WebSocketFrame,
} from '@holdfast/core'
import { type ShellFrame, type ShellMessage, shellCodec } from '@holdfast/shell-framing'
import { type HandshakeHost, type ShellReady, shellHandshake } from './handshake.ts'
import { judgeShell } from './judge.ts'

/** A ping without a pong for this long, and the connection is dead (shell §3). */
const PONG_MS = 60_000
/** An unanswered probe is repeated after this long. */
const PROBE_MS = 10_000

/** What {@link shellProtocol} is told. */
export interface ShellProtocolOptions extends HandshakeHost {
  /** Milliseconds between pings; 0: none. */
  readonly keepaliveIntervalMs: number
  /** Reading from the network is stopped on this side: that no pong comes says nothing. */
  readonly isPaused: () => boolean
}

/** The shell protocol (agentcore dialect) as the engine wants it: codec, handshake, liveness, judgement. */
export function shellProtocol(
  options: ShellProtocolOptions,
): ClientProtocol<ShellFrame, ShellMessage, WebSocketFrame, WebSocketFrame, ShellReady> {
  let refusals = 0
  return {
    name: 'shell',
    codec: shellCodec(),
    liveness: options.keepaliveIntervalMs === 0 ? undefined : keepalive(options),
    handshake: async (link) => {
      const ready = await shellHandshake(link, options)
      refusals = 0
      return ready
    },
    judge: (cause, context) => {
      const verdict = judgeShell(cause, context, refusals)
      if (cause.kind === 'dial' && cause.status === 401) refusals += 1
      return verdict
    },
  }
}

/** Pings on a timer of their own; only a pong counts, since output must not hide that nothing arrives any more. */
function keepalive(options: ShellProtocolOptions): Liveness<ShellFrame, ShellMessage> {
  const { keepaliveIntervalMs: everyMs } = options
  const watch = transportPing<ShellFrame, ShellMessage>({
    everyMs,
    probeAfterMs: everyMs,
    pongTimeoutMs: PROBE_MS,
    timeoutMs: Math.max(PONG_MS, everyMs),
  })
  return (host) => {
    // While this side does not read, no pong can come; the watch begins anew instead of giving the link up.
    const dead = (rule: DeadRule): void => {
      if (!options.isPaused()) return host.dead(rule)
      current.stop()
      current = watch(guarded)
    }
    const guarded: LivenessHost<ShellMessage> = {
      clock: host.clock,
      traits: host.traits,
      send: (message) => host.send(message),
      ping: () => host.ping(),
      probing: () => host.probing(),
      proven: (rttMs, mark) => host.proven(rttMs, mark),
      health: (health) => {
        if (health === 'live' || !options.isPaused()) host.health(health)
      },
      dead,
    }
    let current = watch(guarded)
    return {
      get proves() {
        return current.proves
      },
      get listens() {
        return current.listens
      },
      received: () => current.received(),
      answers: (message) => current.answers(message),
      pong: () => current.pong(),
      wrote: () => current.wrote(),
      nudge: () => current.nudge(),
      probe: (deadlineMs) => current.probe(deadlineMs),
      hidden: (hidden) => current.hidden(hidden),
      stop: () => current.stop(),
    }
  }
}
