import type { Timer } from '@holdfast/contract'
import { overlay } from '../support/overlay.ts'
import { type Bounds, HEARTBEAT_DEFAULTS, type HeartbeatOptions, type ProbeKind } from './heartbeat-options.ts'
import { type Liveness, type LivenessHost, type LivenessWatch, WAKE_PROBE_MS } from './liveness.ts'

/** Shared by links without a probe on the way: nearly all of them, nearly always. */
const NONE: readonly never[] = []
const LEAST_PONG_TIMEOUT_MS = 4_000
/** Chrome aligns the timers of a page hidden for five minutes to one a minute. */
const HIDDEN_LEAST_MS = 120_000
/** A timer later than this, or than half its delay, says that the process was not running. */
const LATE_MS = 2_000

/** The one probe that decides must have had its time: what had come by then may still wait behind its timer. */
const DECISIVE_LATE_MS = 500

/** The probe whose answer is being waited for. */
interface Probe {
  readonly sentAt: number
  /** A single unanswered probe kills: it was sent because nothing else may be concluded. */
  readonly decisive: boolean
  readonly deadlineAt: number
}

/** A probe on the wire. Answers come in order, so each belongs to the oldest of these. */
interface Sent {
  readonly at: number
  readonly mark: number
  wroteAfter: boolean
}

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
  return (host) => new Heartbeat(kind, bounds, host)
}

class Heartbeat<In, Out> implements LivenessWatch<In> {
  readonly proves: boolean
  readonly listens: boolean
  readonly #kind: ProbeKind<In, Out>
  readonly #bounds: Bounds
  readonly #host: LivenessHost<Out>
  /** R: when the last frame came. */
  #readAt: number
  /** W: since when something written is unconfirmed. */
  #unprovenAt: number | undefined
  #wroteSinceProbe = false
  #probe: Probe | undefined
  #outstanding: readonly Sent[] = NONE
  #missed = 0
  #lastProbeAt: number
  /** Since when a probe that must be answered is not, though data flows in. */
  #owedSince: number | undefined
  #suspect = false
  #nudged = false
  #hidden = false
  #paused = false
  #nonce = 0
  #timer: Timer | undefined
  /** When the timer should fire, how long it was set for, and how wall and monotonic time stood then. */
  #dueAt = 0
  #delayMs = 0
  #skew = 0
  #stopped = false

  constructor(kind: ProbeKind<In, Out>, bounds: Bounds, host: LivenessHost<Out>) {
    this.#kind = kind
    this.#bounds = bounds
    this.#host = host
    this.proves = kind.send !== undefined
    this.listens = Number.isFinite(bounds.timeoutMs)
    this.#readAt = host.clock.now()
    this.#lastProbeAt = this.#readAt
    if (bounds.atOpen && this.proves) this.#send(this.#pongTimeout(), false)
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
    if (this.#unprovenAt !== undefined || !this.proves) return
    this.#unprovenAt = this.#host.clock.now()
    if (this.#probe === undefined && this.#unprovenAt + this.#bounds.writeProbeAfterMs < this.#dueAt) this.#arm()
  }

  nudge(): void {
    if (this.#stopped || !this.proves) return
    this.#nudged = true
    if (this.#probe !== undefined) return
    this.#send(this.#pongTimeout(), false)
    this.#arm()
  }

  probe(deadlineMs: number): void {
    if (this.#stopped || this.#paused) return
    this.#disarm()
    if (this.proves) this.#send(deadlineMs, true)
    else this.#readAt = Math.max(this.#readAt, this.#host.clock.now() - this.#bounds.timeoutMs + deadlineMs)
    this.#arm()
  }

  hidden(hidden: boolean): void {
    this.#hidden = hidden
    if (!this.#stopped) this.#arm()
  }

  paused(paused: boolean): void {
    if (this.#stopped || paused === this.#paused) return
    this.#paused = paused
    this.#disarm()
    if (paused) return
    const now = this.#host.clock.now()
    this.#readAt = now
    this.#lastProbeAt = now
    this.#probe = undefined
    this.#missed = 0
    this.#owedSince = undefined
    if (this.#unprovenAt !== undefined) this.#unprovenAt = now
    this.#arm()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  // ---- probes -----------------------------------------------------------------------------------

  #send(timeoutMs: number, decisive: boolean): void {
    const now = this.#host.clock.now()
    for (const sent of this.#outstanding) sent.wroteAfter ||= this.#wroteSinceProbe
    this.#outstanding = [...this.#outstanding, { at: now, mark: this.#host.probing(), wroteAfter: false }]
    const patience = decisive ? timeoutMs : Math.min(timeoutMs, this.#left(now))
    this.#probe = { sentAt: now, decisive, deadlineAt: now + this.#widened(patience) }
    this.#lastProbeAt = now
    this.#wroteSinceProbe = false
    this.#nonce += 1
    this.#kind.send?.(this.#host, this.#nonce)
  }

  #answered(): void {
    const [sent, ...later] = this.#outstanding
    if (sent === undefined || this.#stopped) return
    this.#outstanding = later.length === 0 ? NONE : later
    const rtt = this.#host.clock.now() - sent.at
    const probe = this.#probe
    // An answer that was on its way before a sleep says nothing about the link after it.
    if (probe !== undefined && (!probe.decisive || sent.at >= probe.sentAt)) this.#probe = undefined
    this.#unprovenAt = sent.wroteAfter || this.#wroteSinceProbe ? sent.at : undefined
    this.#owedSince = undefined
    this.#host.rtts.add(rtt)
    this.#recovered()
    this.#host.proven(rtt, sent.mark)
    if (this.#stopped) return
    if (this.#nudged && this.#unprovenAt !== undefined && this.#probe === undefined) {
      this.#send(this.#pongTimeout(), false)
    }
    this.#nudged = this.#probe !== undefined && this.#nudged
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
    const { clock } = this.#host
    const now = clock.now()
    // What woke us may run before the late timer: it must not hide that we were away.
    const wasAway = this.#timer !== undefined && this.#wasAway(now)
    this.#disarm()
    if (this.#paused) return
    if (wasAway && this.proves) this.#send(WAKE_PROBE_MS, true)
    const dueAt = this.#nextAt()
    const delayMs = Math.max(0, dueAt - now)
    this.#dueAt = now + delayMs
    this.#delayMs = delayMs
    this.#skew = clock.epoch() - now
    if (Number.isFinite(delayMs)) this.#timer = clock.after(delayMs, () => this.#tick())
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** The process did not run, or the clocks moved: nothing may be concluded from the time that has passed. */
  #wasAway(now: number): boolean {
    const moved = Math.abs(this.#host.clock.epoch() - now - this.#skew)
    const decides = this.#probe?.decisive === true
    return (
      moved > (decides ? DECISIVE_LATE_MS : LATE_MS) ||
      now - this.#dueAt > (decides ? DECISIVE_LATE_MS : Math.max(LATE_MS, this.#delayMs / 2))
    )
  }

  #nextAt(): number {
    const { probeAfterMs, writeProbeAfterMs, timeoutMs, everyMs } = this.#bounds
    if (!this.proves) return this.#readAt + this.#widened(timeoutMs)
    if (this.#probe !== undefined) return this.#probe.deadlineAt
    return Math.min(
      this.#readAt + this.#widened(probeAfterMs),
      (this.#unprovenAt ?? Number.POSITIVE_INFINITY) + this.#widened(writeProbeAfterMs),
      this.#lastProbeAt + everyMs,
    )
  }

  #tick(): void {
    const now = this.#host.clock.now()
    if (this.#wasAway(now)) return this.probe(WAKE_PROBE_MS)
    this.#disarm()
    if (now >= this.#nextAt()) this.#overdue(now)
    else this.#arm()
  }

  /** The timer was on time and what it waited for did not come. */
  #overdue(now: number): void {
    const probe = this.#probe
    if (!this.proves) return this.#host.dead('read')
    if (probe === undefined) {
      this.#send(this.#pongTimeout(), false)
    } else if (!probe.decisive && !this.#insists && this.#isMereReader(probe)) {
      // Any frame is proof enough of the read side.
      this.#probe = undefined
      this.#recovered()
    } else {
      return this.#miss(probe, now)
    }
    this.#arm()
  }

  #miss(probe: Probe, now: number): void {
    const rule = probe.decisive ? 'probe' : this.#readAt > probe.sentAt ? 'write' : 'read'
    // An answer may wait behind much data: where only the answer is missing, it is given all of its time.
    if (this.#isMereReader(probe)) this.#owedSince ??= probe.sentAt
    else this.#missed += 1
    const since = rule === 'write' ? (this.#unprovenAt ?? this.#owedSince ?? probe.sentAt) : this.#readAt
    const leftMs = since + this.#widened(this.#bounds.timeoutMs) - now
    if (probe.decisive || this.#missed >= 2 || leftMs <= 0) {
      this.stop()
      return this.#host.dead(rule)
    }
    this.#suspect = true
    this.#host.health('suspect')
    if (this.#stopped) return
    this.#send(Math.min(this.#pongTimeout(), leftMs), false)
    this.#arm()
  }

  /** Nothing of ours is at stake and the peer speaks. */
  #isMereReader({ sentAt }: Probe): boolean {
    return this.#readAt > sentAt && this.#unprovenAt === undefined && !this.#wroteSinceProbe
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
    return this.#hidden ? Math.max(ms, HIDDEN_LEAST_MS) : ms
  }
}
