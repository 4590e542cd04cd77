import type { Delivery, Status, WebSocketFrame } from '@holdfast/core'
import type { HandshakeConnection } from '@holdfast/core/protocol'
import type { BackoffStage, DialLimit } from '@holdfast/core/retry'
import {
  BoundsAudit,
  ClosedAudit,
  DeliveryAudit,
  DialAudit,
  InboundAudit,
  LivenessAudit,
  ProgressAudit,
  RecoveryAudit,
  type VirtualClock,
  type VirtualProcess,
} from '@holdfast/testkit'
import type { SimulationReady } from './client-protocol.ts'
import type { ServerWitness } from './server.ts'
import type { TappedLink, Watcher } from './tapped-transport.ts'
import type { Trace } from './trace.ts'
import type { ClientFrame, ServerFrame } from './wire.ts'

export type SimulatedConnection = HandshakeConnection<ServerFrame, ClientFrame, SimulationReady>

/** Numbers that the engine was configured with, and what may be concluded from them. */
export interface Promises {
  readonly capMs: number
  readonly stableAfterMs: number
  readonly limits: readonly DialLimit[]
  readonly flapLimits: readonly DialLimit[]
  /** Tighter caps while an outage is young. */
  readonly stages: readonly BackoffStage[] | undefined
  readonly graceMs: number
  readonly maxCount: number | undefined
  readonly maxBytes: number
  /** Timers are on time and nobody sleeps: a dead link must be noticed within its bound. */
  readonly timely: boolean
}

/** A dead link is noticed within this time, whatever the traffic. In milliseconds. */
const NOTICED_WITHIN_MS = 30_000
/** Trouble this long ago no longer excuses a link that is given up: the longest bound, and a probe after a wake. */
const EXCUSED_MS = 45_000
/** One failed attempt that began in the trouble (dial 20 s), one window (30 s), and the attempt that succeeds. */
const RECOVERED_WITHIN_MS = 75_000
/** An answer that may pass is asked for again within this time. */
const GRACE_CAP_MS = 60_000
/** A signal may end a wait within this time. */
const LOCAL_SPREAD_MS = 250
const ROUNDING_MS = 1e-3
/** A message that moves up in the order may need another digit, and the last ones built at their writing count then. */
const ROUNDING_BYTES = 100
/** What a message counts beside its bytes. */
const MESSAGE_BYTES = 256

/** Watches one client from outside and checks every promise of the engine. I1 … I11 are those of its design, §12. */
export class Witness implements ServerWitness, Watcher {
  readonly #clock: VirtualClock
  readonly #engine: VirtualProcess
  readonly #promises: Promises
  readonly #trace: Trace
  readonly #broken: string[] = []
  readonly #inbound = new InboundAudit()
  readonly #delivery = new DeliveryAudit()
  readonly #dials: readonly DialAudit[]
  readonly #flaps: readonly DialAudit[]
  /** When the newest attempt began. */
  #attemptedAt = 0
  /** Since when it is not open, or only in links that did not last. */
  #outageAt: number | undefined
  readonly #progress = new ProgressAudit(['idle', 'authRequired', 'suspended', 'closed'])
  readonly #recovery = new RecoveryAudit({ withinMs: RECOVERED_WITHIN_MS })
  readonly #liveness = new LivenessAudit({ withinMs: NOTICED_WITHIN_MS })
  readonly #closed = new ClosedAudit()
  readonly #bounds: BoundsAudit<'messages' | 'bytes' | 'history'>
  readonly #links = new Set<TappedLink>()
  readonly #once = new Map<string, Delivery>()
  readonly #asked = new Map<string, 'reject' | 'carry'>()
  readonly #executed = new Map<string, number>()
  readonly #neverSent = new Set<string>()
  #connection: SimulatedConnection | undefined
  #status: Status = { state: 'idle' }
  #ready: SimulationReady | undefined
  #epoch: string | undefined
  #newest: TappedLink | undefined
  /** Any number of attempts may follow: the count began anew by right. */
  #freshCount = true
  #attempt = 0
  #userSuspended = false
  /** The user asked for it inside a callback: it is done after what is under way. */
  #startsSoon = false
  /** When the network or the server last did anything that may make a live link look dead. */
  #impairedAt = Number.NEGATIVE_INFINITY
  #impaired = false
  /** Everything is healthy, and so it stays. */
  healthy = false
  /** Done when the next probe leaves: the worst moment to fall asleep. */
  probing: (() => void) | undefined
  dialCount = 0
  deliveredCount = 0

  constructor(clock: VirtualClock, engine: VirtualProcess, promises: Promises, trace: Trace) {
    this.#clock = clock
    this.#engine = engine
    this.#promises = promises
    this.#trace = trace
    this.#dials = promises.limits.map(
      ({ max, perMs }) => new DialAudit({ windowMs: perMs - ROUNDING_MS, maxDials: max }),
    )
    // The dial that follows the last one that a limit allows is the first that it forbids.
    this.#flaps = promises.flapLimits.map(
      ({ max, perMs }) => new DialAudit({ windowMs: perMs - ROUNDING_MS, maxDials: max }),
    )
    this.#bounds = new BoundsAudit({
      messages: promises.maxCount ?? Number.POSITIVE_INFINITY,
      bytes: promises.maxBytes + ROUNDING_BYTES,
      history: 256,
    })
  }

  watches(connection: SimulatedConnection): void {
    this.#status = connection.status
    this.#connection = connection
    connection.on('gap', ({ from, to }) => {
      this.#trace.add('engine', `gap ${from}-${to}`)
      this.#began()
      if (from !== undefined && to !== undefined && this.#epoch !== undefined) this.#inbound.gap(this.#epoch, from, to)
    })
    connection.on('dropped', ({ cause }) => {
      this.#trace.add('engine', `dropped: ${cause.kind} ${'rule' in cause ? cause.rule : ''}`)
      if (cause.kind === 'liveness') this.#givenUp(cause.rule)
    })
    connection.on('problem', ({ what }) => this.#trace.add('engine', `problem: ${what}`))
  }

  get status(): Status {
    return this.#status
  }

  broken(what: string): void {
    this.#trace.add('check', `BROKEN ${what}`)
    this.#broken.push(`${what} (at ${Math.round(this.#clock.now())} ms)`)
  }

  violations(): readonly string[] {
    const audits = [
      this.#inbound,
      this.#delivery,
      ...this.#dials,
      ...this.#flaps,
      this.#progress,
      this.#recovery,
      this.#liveness,
      this.#closed,
      this.#bounds,
    ]
    return [...this.#broken, ...audits.flatMap((audit) => audit.violations())]
  }

  // ---- what the user does -----------------------------------------------------------------------

  /** connect(), reconnect(): what follows is wanted. `reconnect` counts on, except from rest. */
  started(how: 'connect' | 'reconnect', insideCallback: boolean): void {
    const { state } = this.#status
    this.#closed.connected()
    const resting = state === 'idle' || state === 'closed' || state === 'suspended'
    const closing = this.#status.state === 'draining' && this.#status.reason === 'close'
    // What is asked for inside a callback, or while it closes, is done after that, perhaps from rest.
    if (resting || closing || insideCallback || (how === 'connect' && state === 'authRequired')) this.#freshCount = true
    this.#userSuspended = false
    this.#startsSoon = insideCallback || closing
  }

  /** A message was handed over: how it ends must agree with what the server got. */
  sends(label: string, delivery: Delivery): void {
    this.#delivery.sent(label, delivery.class)
    if (delivery.class === 'once') this.#once.set(label, delivery)
    delivery.whenSettled(() => {
      this.#once.delete(label)
      const { state, error } = delivery
      this.#trace.add('engine', `${delivery.class} ${label} ${state}${error === undefined ? '' : ` ${error.code}`}`)
      if (state === 'acked') this.#delivery.acked(label)
      else if (state === 'written') this.#delivery.written(label)
      // Poison was written, so nobody can say whether it arrived.
      else if (state === 'inDoubt' || error?.code === 'delivery/poison') this.#delivery.inDoubt(label)
      else this.#delivery.rejected(label)
    })
  }

  asks(id: string, onDrop: 'reject' | 'carry', answer: Promise<unknown>): void {
    this.#asked.set(id, onDrop)
    answer.then(
      () => {
        this.#asked.delete(id)
        if (!this.#executed.has(id)) this.broken(`I5: request ${id} was answered and never executed`)
      },
      (error: unknown) => {
        this.#asked.delete(id)
        const code = codeOf(error)
        this.#trace.add('engine', `request ${id} ${code}`)
        if (code !== 'delivery/not_sent' && code !== 'delivery/overflow') return
        this.#neverSent.add(id)
        if (this.#executed.has(id)) this.broken(`I5: request ${id} was executed, its asker was told ${code}`)
      },
    )
  }

  // ---- what the engine does ---------------------------------------------------------------------

  changed(status: Status, previous: Status): void {
    const now = this.#engine.now()
    this.#trace.add('engine', statusLine(status, now))
    if (previous !== this.#status) this.broken('status events are out of order')
    if (
      this.#connection !== undefined &&
      this.#connection.state !== status.state &&
      this.#connection.state !== 'closed'
    )
      this.broken(`a listener was told ${status.state} while the connection says ${this.#connection.state}`)
    this.#status = status
    if (this.#startsSoon && (status.state === 'preparing' || status.state === 'waiting')) {
      this.#startsSoon = false
      this.#userSuspended = false
      this.#closed.connected()
    }
    if (status.state !== 'closed') this.#closed.happened(`status ${status.state}`, now)
    else this.#closed.closed(now)
    if (this.#userSuspended && status.state !== 'closed' && status.state !== 'suspended')
      this.broken(`I11: ${status.state} though the user suspended it`)
    this.#userSuspended = status.state === 'suspended' && status.reason === 'user'
    // The next timer may be armed right after the news.
    queueMicrotask(() => this.#observe())
    this.#checkWriters()
    this.#countAttempts(status)
    this.#checkFlap(status, previous)
    this.#checkWait(status, now)
    this.#checkOpen(status, previous, now)
  }

  message(message: ServerFrame): void {
    this.#closed.happened(`message ${message.t}`, this.#engine.now())
    this.#began()
    if (message.t !== 'event' || this.#epoch === undefined) return
    this.deliveredCount += 1
    this.#inbound.delivered(this.#epoch, message.seq)
  }

  /** An attempt begins. Its dial may follow at once or, where credentials take their time, later. */
  attempts(): void {
    this.#attemptedAt = this.#engine.now()
    for (const audit of this.#dials) audit.dialed(this.#attemptedAt)
  }

  dialed(link: number): void {
    this.dialCount += 1
    this.#trace.add('wire', `dial ${link}`)
    this.#closed.happened(`dial ${link}`, this.#engine.now())
    this.#checkWriters()
  }

  opened(link: TappedLink): void {
    this.#trace.add('wire', `link ${link.id} opened`)
    this.#links.add(link)
    this.#newest = link
  }

  pinged(link: TappedLink): void {
    this.#trace.add('wire', `link ${link.id} ← ping`)
    this.probing?.()
  }

  sent(link: TappedLink, frame: WebSocketFrame): void {
    if (typeof frame === 'string' && frame.startsWith('{"t":"ping"')) this.probing?.()
    if (typeof frame === 'string') this.#trace.add('wire', `link ${link.id} ← ${frame}`)
    if (typeof frame !== 'string' || !(frame.startsWith('{"t":"data"') || frame.startsWith('{"t":"ask"'))) return
    const { state } = this.#status
    if (state !== 'open' && state !== 'draining')
      this.broken(`a message was written before the status was told (${state})`)
    if (this.#status.state === 'draining' && this.#status.reason !== 'close')
      this.broken(`I1: a message was written on link ${link.id}, which is being left`)
    if (link !== this.#newest) this.broken(`I1: a message was written on link ${link.id}, though a newer one is there`)
  }

  ended(link: TappedLink): void {
    this.#trace.add('wire', `link ${link.id} ended by ${link.ended}`)
    this.#links.delete(link)
    this.#liveness.ended(link.id, this.#clock.now())
    const cause = this.#connection?.lastCause
    // Whether its end was asked for is known a moment later.
    if (link.ended === 'close') {
      queueMicrotask(() => {
        const after = this.#connection?.lastCause
        if (after !== cause && after?.kind !== 'local' && after !== undefined)
          this.broken(`link ${link.id} failed (${after.kind}) and was asked politely instead of freed`)
      })
    }
  }

  // ---- what the server sees ---------------------------------------------------------------------

  arrived(label: string): void {
    this.#trace.add('server', `got ${label}`)
    this.#delivery.arrived(label)
  }

  executed(id: string): void {
    this.#executed.set(id, (this.#executed.get(id) ?? 0) + 1)
    if (this.#neverSent.has(id))
      this.broken(`I5: request ${id} was executed after its asker was told that it was not sent`)
  }

  // ---- what the world tells ---------------------------------------------------------------------

  /** The path or the server is in a state in which a live link may look dead. */
  impaired(impaired: boolean): void {
    this.#impaired = impaired
    this.#impairedAt = this.#clock.now()
  }

  /** Nothing comes in on the links that are there. */
  deaf(deaf: boolean): void {
    if (!this.#promises.timely) return
    const now = this.#clock.now()
    for (const link of this.#links) {
      if (deaf) this.#liveness.died(link.id, now)
      else this.#liveness.revived(link.id, now)
    }
  }

  /** Looks at what should hold at every moment. */
  look(linksLeft: number): void {
    const now = this.#engine.now()
    this.#observe()
    this.#checkWriters()
    this.#liveness.observe(this.#clock.now())
    const { state } = this.#status
    if (state === 'closed') this.#closed.observe({ timers: this.#engine.pending, links: linksLeft }, now)
    const connection = this.#connection
    if (connection === undefined) return
    const { queued, unconfirmed, queuedBytes } = connection.metrics
    const messages = queued + unconfirmed
    const bytes = queuedBytes + messages * MESSAGE_BYTES
    this.#bounds.sample({ messages, bytes, history: connection.history.length }, now)
    const waits = this.#status.state === 'waiting' && this.#status.reason !== 'backoff'
    this.#recovery.observe(
      { healthy: this.healthy && !waits, open: state === 'open' || state === 'draining' },
      this.#clock.now(),
    )
  }

  /** The world is over and the connection closed: everybody must have been told. */
  finished(): void {
    this.#delivery.finished()
    for (const id of this.#asked.keys()) this.broken(`I5: nobody told the asker of ${id} anything`)
    for (const [id, times] of this.#executed)
      if (times > 1) this.broken(`I5: request ${id} was executed ${times} times`)
  }

  counts(): Readonly<Record<string, number>> {
    return { ...this.#delivery.counts(), dials: this.dialCount, delivered: this.deliveredCount }
  }

  // ---- checks -----------------------------------------------------------------------------------

  #observe(): void {
    this.#progress.observe({ status: this.#status.state, timers: this.#engine.pending }, this.#engine.now())
  }

  /** A history that the app was not told of must not begin. */
  #began(): void {
    const connection = this.#connection
    if (connection?.ready === undefined || connection.ready === this.#ready) return
    this.#ready = connection.ready
    const { epoch, base } = connection.ready
    const { status } = connection
    const resumed = status.state === 'open' && status.resumed
    if (!resumed || this.#epoch === undefined) {
      this.#epoch = epoch
      this.#inbound.began(epoch, base)
    } else if (this.#epoch !== undefined && epoch !== this.#epoch) {
      this.broken(`I4: said to have resumed ${epoch}, the app was told of ${this.#epoch}`)
      this.#epoch = epoch
    }
  }

  /** §3: attempts count from 1 again after a stable connection, or when the user starts anew. */
  #countAttempts(status: Status): void {
    if (status.state === 'open' && status.stable) this.#freshCount = true
    if (status.state === 'suspended' && status.reason === 'budget') this.#freshCount = true
    if (status.state !== 'preparing') return
    if (status.attempt <= this.#attempt && !this.#freshCount)
      this.broken(`attempt ${status.attempt} after attempt ${this.#attempt}, though nothing was stable between`)
    this.#attempt = status.attempt
    this.#freshCount = false
  }

  /** §3: who accepts and drops is not dialed as who is away. Links that this side ends do not count. */
  #checkFlap(status: Status, previous: Status): void {
    if (previous.state !== 'open' || previous.stable || status.state !== 'waiting') return
    if (this.#connection?.lastCause?.kind === 'local') return
    for (const audit of this.#flaps) audit.dialed(this.#attemptedAt)
  }

  #checkWait(status: Status, now: number): void {
    if (status.state === 'open' && status.stable) this.#outageAt = undefined
    if (status.state === 'closed') this.#outageAt = undefined
    else if (status.state !== 'open') this.#outageAt ??= now
    if (status.state !== 'waiting' || status.reason !== 'backoff') return
    const waits = status.until - now
    if (waits > this.#capAt(status, now) + ROUNDING_MS)
      this.broken(`I7: waits ${waits} ms, the cap is ${this.#capAt(status, now)} ms`)
    // Who was offline meanwhile asks once more.
    const { finalAt = now } = status.refusal ?? {}
    if (finalAt > now && status.until > finalAt + LOCAL_SPREAD_MS) this.broken('I7: waits beyond the end of the grace')
  }

  #capAt(status: Extract<Status, { state: 'waiting' }>, now: number): number {
    const { capMs, stages = [], graceMs } = this.#promises
    if (status.refusal !== undefined) return Math.min(GRACE_CAP_MS, graceMs)
    const ageMs = now - (this.#outageAt ?? now)
    return Math.min(capMs, stages.find(({ untilMs }) => ageMs < untilMs)?.capMs ?? capMs)
  }

  #checkOpen(status: Status, previous: Status, now: number): void {
    if (status.state === 'open') {
      this.#began()
      if (status.stable && previous.state === 'open' && !previous.stable) {
        if (now - status.since < this.#promises.stableAfterMs - ROUNDING_MS)
          this.broken(`stable after ${now - status.since} ms, expected ${this.#promises.stableAfterMs} ms`)
        if (this.#newest?.heard !== true) this.broken('stable without anything heard')
      }
      return
    }
    if (status.state === 'draining') return
    for (const [label, { state }] of this.#once)
      if (state === 'written') this.broken(`I5: ${status.state} was told before the fate of ${label}`)
  }

  #givenUp(rule: string): void {
    const since = this.#impaired ? 0 : this.#clock.now() - this.#impairedAt
    if (since > EXCUSED_MS) this.broken(`I8: a live link was given up (${rule}), the last trouble was ${since} ms ago`)
  }

  #checkWriters(): void {
    let writers = 0
    for (const { writing } of this.#links) if (writing) writers += 1
    const allowed = this.#status.state === 'draining' ? 2 : 1
    if (writers > allowed) this.broken(`I1: ${writers} links are written at once in ${this.#status.state}`)
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error)
}

function statusLine(status: Status, now: number): string {
  switch (status.state) {
    case 'waiting':
      return `waiting (${status.reason}) after attempt ${status.attempt}, ${Math.round(status.until - now)} ms`
    case 'open':
      return `open ${status.resumed ? 'resumed' : 'new'} ${status.epoch} ${status.health}${status.stable ? ' stable' : ''}`
    case 'draining':
      return `draining (${status.reason})`
    case 'suspended':
      return `suspended (${status.reason})`
    case 'closed':
      return `closed (${status.outcome.reason})`
    default:
      return 'attempt' in status ? `${status.state}, attempt ${status.attempt}` : status.state
  }
}
