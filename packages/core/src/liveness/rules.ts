import { heartbeat } from './heartbeat.ts'
import type { HeartbeatOptions } from './heartbeat-options.ts'
import type { Liveness } from './liveness.ts'

/**
 * Probes by the transport's own ping (RFC 6455 §5.5.2): only a pong proves that writes arrive.
 * On a transport without pings nothing is watched; `connection.guarantees.liveness` says so.
 */
export function transportPing<In = unknown, Out = unknown>(options: HeartbeatOptions = {}): Liveness<In, Out> {
  const watch = heartbeat<In, Out>({ send: (host) => host.ping(), answers: () => false }, options)
  const nothing = heartbeat<In, Out>({ send: undefined, answers: () => false }, { timeoutMs: Number.POSITIVE_INFINITY })
  return (host) => (host.traits.ping ? watch(host) : nothing(host))
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
): Liveness<In, Out> {
  return heartbeat<In, Out>(
    {
      send: (host, nonce) => host.send(spelling.ping(nonce, host.clock.epoch())),
      answers: (message) => spelling.isPong(message),
    },
    options,
  )
}

/** Only listens: silence beyond `timeoutMs` (30 s) ends the connection. For wires where the server promises to speak. */
export function inboundSilence<In = unknown, Out = unknown>(
  options: { readonly timeoutMs?: number | undefined } = {},
): Liveness<In, Out> {
  return heartbeat<In, Out>({ send: undefined, answers: () => false }, options)
}
