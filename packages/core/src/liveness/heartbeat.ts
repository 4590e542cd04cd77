import { overlay } from '../support/overlay.ts'
import { type Bounds, HEARTBEAT_DEFAULTS, type HeartbeatOptions, type ProbeKind } from './heartbeat-options.ts'
import { type Liveness, type LivenessHost, type LivenessWatch, WAKE_PROBE_MS } from './liveness.ts'
import { HIDDEN_LEAST_MS, LATE_MS, LoopTimer, SLEPT_MS, SLICE_MS, UNREAD_LATE_MS } from './loop-timer.ts'
import { NEVER, type Probe, Probes } from './probes.ts'
import { Silence } from './silence.ts'

const LEAST_PONG_TIMEOUT_MS = 4_000

/** Two clocks per connection, R for what comes in and W for what is known to have arrived. Engine semantics §4. */
export function heartbeat<In, Out>(kind: ProbeKind<In, Out>, options: HeartbeatOptions = {}): Liveness<In, Out> {
  const given = overlay(HEARTBEAT_DEFAULTS, options)
  const { everyMs, timeoutMs } = given
  // Half of the time is for asking. Who asks at set times, or by himself, asks no more often for that.
  const asked = (afterMs: number): number =>
    Number.isFinite(everyMs) || !Number.isFinite(afterMs) ? afterMs : Math.min(afterMs, timeoutMs / 2)
  const bounds: Bounds = {
    ...given,
    probeAfterMs: asked(given.probeAfterMs),
    writeProbeAfterMs: asked(given.writeProbeAfterMs),
  }
  const { send } = kind
  if (send === undefined) return (host) => new Silence(timeoutMs, host)
  return (host) => new Heartbeat({ ...kind, send }, bounds, host)
}

/** A kind that can ask. */
type Asking<In, Out> = ProbeKind<In, Out> & { readonly send: NonNullable<ProbeKind<In, Out>['send']> }

class Heartbeat<In, Out> implements LivenessWatch<In> {
  readonly proves = true
  readonly listens = true
  readonly #kind: Asking<In, Out>
  readonly #bounds: Bounds
  readonly #host: LivenessHost<Out>
  /** R: when the last frame came. */
  #readAt: number
  /** W: since when something written is unconfirmed. */
  #unprovenAt: number | undefined
  #wroteSinceProbe = false
  readonly #probes = new Probes()
  #missed = 0
  #lastProbeAt: number
  /** Since when a probe that must be answered is not, though data flows in. */
  #owedSince: number | undefined
  #suspect = false
  #nudged = false
  #paused = false
  #nonce = 0
  readonly #timer: LoopTimer
  /** What is overdue was given the time of one more turn. */
  #isExtended = false
  #stopped = false

  constructor(kind: Asking<In, Out>, bounds: Bounds, host: LivenessHost<Out>) {
    this.#kind = kind
    this.#bounds = bounds
    this.#host = host
    this.#timer = new LoopTimer(host.clock)
    this.#readAt = host.clock.now()
    this.#lastProbeAt = this.#readAt
    if (bounds.atOpen) this.#send(this.#pongTimeout(), false)
    this.#arm()
  }

  received(): void {
    this.#readAt = this.#host.clock.now()
    if (this.#suspect && this.#unprovenAt === undefined && !this.#insists) this.#recovered()
  }

  answers(message: In): boolean {
    if (!this.#kind.answers(message)) return false
    this.#answered()
    return true
  }

  pong(): void {
    this.received()
    this.#answered()
  }

  wrote(): void {
    this.#wroteSinceProbe = true
    if (this.#unprovenAt !== undefined) return
    this.#unprovenAt = this.#host.clock.now()
    if (this.#probes.awaited === undefined && this.#unprovenAt + this.#bounds.writeProbeAfterMs < this.#timer.dueAt)
      this.#arm()
  }

  nudge(): void {
    if (this.#stopped) return
    this.#nudged = true
    if (this.#probes.awaited !== undefined) return
    this.#send(this.#pongTimeout(), false)
    this.#arm()
  }

  probe(deadlineMs: number): void {
    if (this.#stopped || this.#paused) return
    const isAway = this.#isAway()
    this.#timer.cancel()
    this.#ask(deadlineMs, isAway)
    this.#arm()
  }

  hidden(hidden: boolean): void {
    this.#timer.isHidden = hidden
    if (hidden) this.#probes.widen(HIDDEN_LEAST_MS)
    if (!this.#stopped) this.#arm()
  }

  paused(paused: boolean): void {
    if (this.#stopped || paused === this.#paused) return
    this.#paused = paused
    this.#timer.cancel()
    if (paused) return
    const now = this.#host.clock.now()
    this.#readAt = now
    this.#lastProbeAt = now
    this.#probes.waitNoMore()
    this.#missed = 0
    this.#owedSince = undefined
    if (this.#unprovenAt !== undefined) this.#unprovenAt = now
    this.#arm()
  }

  stop(): void {
    this.#stopped = true
    this.#timer.cancel()
  }

  // ---- probes -----------------------------------------------------------------------------------

  /** A probe that decides. After a time in which this side did not run, it alone does. */
  #ask(deadlineMs: number, isAlone: boolean): void {
    if (isAlone) this.#probes.waitNoMore()
    this.#send(deadlineMs, true)
  }

  #send(timeoutMs: number, decisive: boolean): void {
    const now = this.#host.clock.now()
    const deadlineAt = now + this.#widened(decisive ? timeoutMs : Math.min(timeoutMs, this.#left(now)))
    this.#probes.add(
      { at: now, mark: this.#host.probing(), wroteAfter: false, decisive, deadlineAt },
      this.#wroteSinceProbe,
    )
    this.#lastProbeAt = now
    this.#wroteSinceProbe = false
    this.#nonce += 1
    this.#kind.send(this.#host, this.#nonce)
  }

  #answered(): void {
    const sent = this.#stopped ? undefined : this.#probes.answered()
    if (sent === undefined) return
    this.#isExtended = false
    const rtt = this.#host.clock.now() - sent.at
    this.#unprovenAt = sent.wroteAfter || this.#wroteSinceProbe ? sent.at : undefined
    this.#owedSince = undefined
    this.#host.rtts.add(rtt)
    this.#recovered()
    this.#host.proven(rtt, sent.mark)
    if (this.#stopped) return
    if (this.#nudged && this.#unprovenAt !== undefined && this.#probes.awaited === undefined) {
      this.#send(this.#pongTimeout(), false)
    }
    this.#nudged = this.#probes.awaited !== undefined && this.#nudged
    this.#arm()
  }

  #recovered(): void {
    this.#missed = 0
    if (!this.#suspect) return
    this.#suspect = false
    this.#host.health('live')
  }

  // ---- time -------------------------------------------------------------------------------------

  #arm(): void {
    // What woke us may run before the late timer: it must not hide that we were away.
    const isAway = this.#isAway()
    this.#timer.cancel()
    if (this.#paused || this.#stopped) return
    if (isAway) this.#ask(WAKE_PROBE_MS, true)
    const leftMs = this.#nextAt() - this.#host.clock.now()
    this.#timer.arm(this.#probes.awaited === undefined ? leftMs : Math.min(leftMs, SLICE_MS), () => this.#tick())
  }

  /**
   * The process did not run, or the clocks moved: nothing may be concluded from the time that has passed. What is waited
   * for is put off by a shorter standstill, and no more.
   */
  #isAway(): boolean {
    const { isArmed, lateMs, movedMs, delayMs } = this.#timer
    if (!isArmed) return false
    this.#probes.putOff(lateMs)
    if (this.#probes.awaited?.decisive === true) return Math.max(lateMs, movedMs) >= SLEPT_MS
    return movedMs > LATE_MS || lateMs > Math.max(LATE_MS, delayMs / 2)
  }

  #nextAt(): number {
    const { probeAfterMs, writeProbeAfterMs, everyMs } = this.#bounds
    const awaited = this.#probes.awaited
    if (awaited !== undefined) return awaited.deadlineAt
    return Math.min(
      this.#readAt + probeAfterMs,
      (this.#unprovenAt ?? NEVER) + writeProbeAfterMs,
      this.#lastProbeAt + everyMs,
    )
  }

  #tick(): void {
    const now = this.#host.clock.now()
    const { lateMs } = this.#timer
    const isAway = this.#isAway()
    this.#timer.cancel()
    if (isAway) {
      this.#ask(WAKE_PROBE_MS, true)
      return this.#arm()
    }
    const { awaited } = this.#probes
    if (awaited?.decisive === true && lateMs > LATE_MS) this.#send(Math.max(SLICE_MS, awaited.deadlineAt - now), true)
    if (now < this.#nextAt()) return this.#arm()
    if (awaited === undefined || lateMs <= UNREAD_LATE_MS || this.#isExtended) return this.#overdue(now)
    // The loop turns once more: what had come by then is read in it.
    this.#isExtended = true
    awaited.deadlineAt = now + SLICE_MS
    this.#arm()
  }

  /** The timer was on time and what it waited for did not come. */
  #overdue(now: number): void {
    const probe = this.#probes.awaited
    if (probe === undefined) {
      this.#send(this.#pongTimeout(), false)
    } else if (!probe.decisive && !this.#insists && this.#isMereReader(probe)) {
      // Any frame is proof enough of the read side.
      probe.deadlineAt = NEVER
      this.#recovered()
    } else {
      return this.#miss(probe, now)
    }
    this.#arm()
  }

  #miss(probe: Probe, now: number): void {
    const rule = probe.decisive ? 'probe' : this.#readAt > probe.at ? 'write' : 'read'
    // An answer may wait behind much data: where only the answer is missing, it is given all of its time.
    if (this.#isMereReader(probe)) this.#owedSince ??= probe.at
    else this.#missed += 1
    const since = rule === 'write' ? (this.#unprovenAt ?? this.#owedSince ?? probe.at) : this.#readAt
    const leftMs = since + this.#widened(this.#bounds.timeoutMs) - now
    if (probe.decisive || this.#missed >= 2 || leftMs <= 0) {
      this.stop()
      return this.#host.dead(rule)
    }
    probe.deadlineAt = NEVER
    this.#suspect = true
    this.#host.health('suspect')
    if (this.#stopped) return
    this.#send(Math.min(this.#pongTimeout(), leftMs), false)
    this.#arm()
  }

  /** Nothing of ours is at stake and the peer speaks. */
  #isMereReader({ at }: Probe): boolean {
    return this.#readAt > at && this.#unprovenAt === undefined && !this.#wroteSinceProbe
  }

  /** What is left of the time in which a proof must come; a probe that leaves late has a part of it all the same. */
  #left(now: number): number {
    const { timeoutMs } = this.#bounds
    const since = this.#insists ? (this.#owedSince ?? now) : Math.min(this.#readAt, this.#unprovenAt ?? now)
    return Math.max(since + timeoutMs - now, timeoutMs / 4)
  }

  /** Only answers count. */
  get #insists(): boolean {
    return Number.isFinite(this.#bounds.everyMs)
  }

  #pongTimeout(): number {
    const most = this.#bounds.pongTimeoutMs
    const p95 = this.#host.rtts.quantile(0.95)
    return p95 === undefined ? most : Math.min(most, Math.max(LEAST_PONG_TIMEOUT_MS, 4 * p95))
  }

  #widened(ms: number): number {
    return this.#timer.isHidden ? Math.max(ms, HIDDEN_LEAST_MS) : ms
  }
}
