import type { Timer } from '../clock.ts'
import { type Bounds, type HeartbeatOptions, type ProbeKind, resolveHeartbeat } from './heartbeat-options.ts'
import { type HeartbeatEffect, type HeartbeatEvent, type HeartbeatState, initialHeartbeat } from './heartbeat-state.ts'
import { heartbeatStep } from './heartbeat-step.ts'
import { type LivenessHost, type LivenessRule, type LivenessWatch, WAKE_PROBE_MS } from './liveness-types.ts'

/**
 * Probes with two clocks per connection: one for what arrives, one for what is known to have arrived at the peer.
 * Engine semantics §4.
 */
export function heartbeat<In, Out>(kind: ProbeKind<In, Out>, options: HeartbeatOptions = {}): LivenessRule<In, Out> {
  const bounds = resolveHeartbeat(options)
  return (host) => new Heartbeat(kind, bounds, host)
}

/** Performs what the steps of a heartbeat decide. */
class Heartbeat<In, Out> implements LivenessWatch<In> {
  readonly proves = true
  readonly listens = true
  readonly #kind: ProbeKind<In, Out>
  readonly #bounds: Bounds
  readonly #host: LivenessHost<Out>
  #state: HeartbeatState
  /** R: when the last frame came. Kept here: nearly always nothing else changes by one. */
  #readAt: number
  #timer: Timer | undefined
  #nonce = 0

  constructor(kind: ProbeKind<In, Out>, bounds: Bounds, host: LivenessHost<Out>) {
    this.#kind = kind
    this.#bounds = bounds
    this.#host = host
    this.#readAt = host.clock.now()
    this.#state = initialHeartbeat(this.#readAt)
    this.#apply('opened')
  }

  received(): void {
    this.#readAt = this.#host.clock.now()
    if (this.#state.suspect) this.#apply('received')
  }

  answers(message: In): boolean {
    if (this.#kind.answers?.(message) !== true) return false
    this.#apply('answered')
    return true
  }

  pong(): void {
    this.received()
    this.#apply('answered')
  }

  wrote(): void {
    // Asked for every message: nearly always nothing changes by one more.
    const { wroteSinceProbe, unprovenAt } = this.#state
    if (!wroteSinceProbe || unprovenAt === undefined) this.#apply('wrote')
  }

  probeNow(): void {
    this.#apply('probeNow')
  }

  probe(deadlineMs: number): void {
    this.#apply('probe', deadlineMs)
  }

  hidden(hidden: boolean): void {
    this.#apply(hidden ? 'hidden' : 'shown')
  }

  paused(paused: boolean): void {
    if (!paused && this.#state.paused) this.#readAt = this.#host.clock.now()
    this.#apply(paused ? 'paused' : 'resumed')
  }

  stop(): void {
    this.#apply('stop')
  }

  #apply(event: HeartbeatEvent, deadlineMs: number = WAKE_PROBE_MS): void {
    const { clock, rtts } = this.#host
    const [now, epoch, probeMark] = [clock.now(), clock.epoch(), this.#host.probing()]
    const before = this.#state.timer
    const env = { now, epoch, readAt: this.#readAt, probeMark, rtts, deadlineMs, bounds: this.#bounds }
    const { state, effects } = heartbeatStep(this.#state, event, env)
    this.#state = state
    if (state.timer !== before) this.#arm(state)
    for (const effect of effects) this.#perform(effect)
  }

  #arm({ timer }: HeartbeatState): void {
    this.#timer?.cancel()
    this.#timer = timer && this.#host.clock.after(timer.delayMs, () => this.#apply('tick'))
  }

  #perform(effect: HeartbeatEffect): void {
    const host = this.#host
    if (typeof effect === 'object' && 'dead' in effect) return host.dead(effect.dead)
    // A listener of the one before may have stopped it.
    if (this.#state.over) return
    if (effect === 'ask') return this.#kind.send(host, ++this.#nonce)
    if (typeof effect === 'string') return host.health(effect)
    host.rtts.add(effect.rttMs)
    host.confirmedUpTo(effect.rttMs, effect.probeMark)
    this.#apply('proved')
  }
}
