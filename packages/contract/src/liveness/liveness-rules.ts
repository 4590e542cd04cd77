import { heartbeat } from './heartbeat.ts'
import { HEARTBEAT_DEFAULTS, type HeartbeatOptions } from './heartbeat-options.ts'
import { Silence } from './inbound-silence.ts'
import type { Liveness, LivenessRule } from './liveness-types.ts'
import { SleepWatch } from './sleep-watch.ts'

// The rules to choose from. When one calls a link dead: `heartbeat-step.ts`, and where nothing can be asked `inbound-silence.ts`.

/**
 * Probes by the transport's own ping (RFC 6455 §5.5.2): only a pong proves that writes arrive. As a protocol's rule it
 * leaves a link without pings to the transport's own rule; `connection.guarantees.liveness` says what that can detect.
 */
export function transportPing(options: HeartbeatOptions = {}): Liveness<unknown, never> {
  const rule = heartbeat<unknown, never>({ send: (host) => host.ping() }, options)
  return (host) => (host.traits.ping ? rule(host) : undefined)
}

/** How a protocol spells its own ping. */
export interface MessagePing<In, Out> {
  /** The probe. `nonce` is 1, 2, 3 … for each connection; `epochMs` is the wall clock for the wire. */
  readonly ping: (nonce: number, epochMs: number) => Out
  /** True for the answer to a probe. Such a message does not reach the app. */
  readonly isPong: (message: In) => boolean
}

/** Probes by a message of the protocol. */
export function messagePing<In, Out>(
  spelling: MessagePing<In, Out>,
  options: HeartbeatOptions = {},
): LivenessRule<In, Out> {
  return heartbeat<In, Out>(
    {
      send: (host, nonce) => host.send(spelling.ping(nonce, host.clock.epoch())),
      answers: spelling.isPong,
    },
    options,
  )
}

/** Only listens: silence beyond `timeoutMs` (30 s) ends the connection. For wires where the server promises to send something. */
export function inboundSilence(
  options: { readonly timeoutMs?: number | undefined } = {},
): LivenessRule<unknown, never> {
  const { timeoutMs = HEARTBEAT_DEFAULTS.timeoutMs } = options
  return (host) => new Silence(timeoutMs, host)
}

/**
 * For links that have no pings and may be silent for long, so that neither traffic nor silence shows whether they are
 * dead. After a sleep of the machine or a change of network, another link is dialed beside this one.
 */
export function doubtAfterSleep(): LivenessRule<unknown, never> {
  return (host) => new SleepWatch(host)
}
