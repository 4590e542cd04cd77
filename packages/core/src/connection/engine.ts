import { type Clock, type HoldfastError, WAKE_PROBE_MS } from '@holdfast/contract'
import type { Cause, ClientProtocol, HandshakeResult } from '../client-protocol.ts'
import { Outbox } from '../delivery/outbox/outbox.ts'
import type { Confirmation } from '../delivery/outbox/outbox-host.ts'
import { JSON_PROTOCOL } from '../json-protocol.ts'
import { RttSamples } from '../support/rtt-samples.ts'
import { Attempt, type Host } from './attempt.ts'
import { skewOf } from './clock-skew.ts'
import { decide } from './decide.ts'
import { InboundPipeline } from './inbound-pipeline.ts'
import type { DropReason, Effect, Machine, MachineEvent } from './machine/state.ts'
import { MachineLoop } from './machine-loop.ts'
import { Notifier } from './notifier.ts'
import { type CloseOptions, type ConnectionOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import { Outbound } from './outbound.ts'
import { Preparations } from './preparations.ts'
import { Renewal } from './renewal.ts'
import { listenAround, watchOf } from './signal-listeners.ts'
import { finalError, type Status } from './status.ts'
import { Trouble } from './trouble.ts'

/** Sent with a close that means "I shall be back": a server keeps the session. In RFC 6455's private range. */
const RESUMABLE_CLOSE = 4900

// Shared by connections that have none of their own: an idle one is small.
const NONE: readonly never[] = []
const NO_SAMPLES = /* @__PURE__ */ new RttSamples()

/** What came over a link that was given up without a proof is not known. */
const REPLACED = { reason: 'the link was replaced after a sleep or a change of network' }

/** Behind the face of `Connection`: does what the machine decides. Time, sockets and callbacks happen here. */
export class Engine<In, Out, WireIn, WireOut, Ready extends object | undefined>
  implements Host<In, Out, WireIn, WireOut, Ready>
{
  readonly options: ResolvedOptions<In, Out, WireIn, WireOut, Ready>
  readonly protocol: ClientProtocol<In, Out, WireIn, WireOut, Ready>
  readonly clock: Clock
  readonly notifier: Notifier
  readonly inbound: InboundPipeline<In, Out, WireIn, WireOut, Ready>
  readonly outbox: Outbox<Out>
  readonly loop: MachineLoop = new MachineLoop(this)
  /** The attempt that messages are written to; it is open. */
  writer: Attempt<In, Out, WireIn, WireOut, Ready> | undefined
  confirms: Confirmation = 'none'
  lastCause: Cause | undefined
  /** The newest target is on this machine. */
  isLoopback = false
  /** Of the connection that is open, or was last. */
  rtts: RttSamples = NO_SAMPLES
  ready: Ready | undefined
  closing: CloseOptions | undefined
  /** How often the app has asked for a close: a wait that began after the last one is not ended by it. */
  closes = 0
  #trouble: Trouble | undefined
  /** Those that read when it was asked to close. */
  #closingReaders: readonly object[] = NONE
  #dials: readonly Attempt<In, Out, WireIn, WireOut, Ready>[] = NONE
  #renewal: Renewal<In, Out, WireIn, WireOut, Ready> | undefined
  #preparations: Preparations<In, Out, WireIn, WireOut, Ready> | undefined
  #detach: (() => void) | undefined

  constructor(options: ConnectionOptions<In, Out, WireIn, WireOut, Ready>) {
    this.options = resolveOptions(options)
    this.protocol = options.protocol ?? (JSON_PROTOCOL as ClientProtocol<In, Out, WireIn, WireOut, Ready>)
    this.clock = this.options.clock
    this.notifier = new Notifier(this.options)
    this.inbound = new InboundPipeline(this)
    const outbound = new Outbound(this, this.options.random)
    this.outbox = new Outbox<Out>(outbound, this.options.outbox, this.protocol.delivery)
  }

  get machine(): Machine {
    return this.loop.machine
  }

  get status(): Status {
    return this.loop.machine.status
  }

  get preparations(): Preparations<In, Out, WireIn, WireOut, Ready> {
    this.#preparations ??= new Preparations(this.options, this.notifier)
    return this.#preparations
  }

  apply(event: MachineEvent, commit?: () => void, after?: () => void): void {
    this.loop.apply(event, commit, after)
  }

  /** The app asks for the end: what it does afterwards is not meant. */
  askClose(options: CloseOptions, flushMs: number): void {
    this.closes += 1
    this.closing = options
    this.#closingReaders = this.inbound.attached
    this.apply({ type: 'close', flushMs })
  }

  // ---- the machine's hands ----------------------------------------------------------------------

  begins({ type }: MachineEvent): void {
    // A close that was ahead of it in the queue has ended what the call began.
    if (type === 'connect' || type === 'reconnect') this.begin()
    if (type === 'reauthenticate') this.#preparations?.forget()
  }

  hidden(hidden: boolean): void {
    this.writer?.liveness?.hidden(hidden)
  }

  perform(effect: Effect): void {
    switch (effect.do) {
      case 'dial':
        return this.#dial()
      case 'drop':
        return this.#drop(effect.generation, effect.why)
      case 'forgetSession':
        this.protocol.forget?.()
        return this.outbox.newEpoch()
      case 'probe':
        this.writer?.liveness?.probe(WAKE_PROBE_MS)
        if (effect.network && this.writer !== undefined) this.doubtful(this.writer)
        return
      case 'report':
        if (effect.what === 'stale') this.notifier.staleEvents += 1
        return this.notifier.problem(`${effect.what}: ${effect.detail}`)
    }
  }

  #dial(): void {
    this.notifier.dials += 1
    const dial = new Attempt(this, this.machine)
    // Exact, as copies of this kind are: what a spread makes keeps room for sixteen more.
    this.#dials = this.#dials.concat(dial)
    void dial.run()
  }

  #drop(generation: number, why: DropReason): void {
    const dial = this.#dials.find((one) => one.generation === generation)
    if (dial === undefined) return
    const { code = 1000, reason = '' } = this.closing ?? {}
    const cause: Cause = { kind: 'local', reason: why }
    if (why !== 'drain') this.lastCause = cause
    this.#forget(dial, cause)
    if (why === 'close') dial.drop(code, reason)
    else dial.drop(RESUMABLE_CLOSE, why)
  }

  /** A dial is over: settle what hung on it, before the status speaks of it. */
  #forget(dial: Attempt<In, Out, WireIn, WireOut, Ready>, cause: Cause): void {
    this.#dials = this.#dials.filter((one) => one !== dial)
    if (dial !== this.writer) return
    this.writer = undefined
    dial.stableTimer?.cancel()
    this.#renewal?.stop()
    this.outbox.dropped()
    this.notifier.emit('dropped', { cause })
  }

  changed(status: Status, previous: Status): void {
    if (status.state !== previous.state) this.notifier.record(status)
    if (status.state === 'draining') this.#drain(status.reason)
    if (status.state === 'closed') this.#end(finalError(status), this.machine.reopen)
    if (this.#trouble === undefined && status.state !== 'closed') this.#trouble = new Trouble(this)
    if (this.#trouble?.changed(status) === true) this.#trouble = undefined
    this.notifier.status(status, previous, this.lastCause)
  }

  /** Before a close the queue gets its time, and a probe makes that short; before a successor it waits for it. */
  #drain(reason: 'drain' | 'rotate' | 'close' | 'doubt'): void {
    if (reason === 'close') this.writer?.liveness?.probeNow()
    else this.outbox.pause()
  }

  /** Commit the session, release what came early, report the status, write: in this order. What is sent meanwhile is written last. */
  accepted(dial: Attempt<In, Out, WireIn, WireOut, Ready>, ready: Ready | undefined): void {
    const isInDoubt = this.machine.doubted !== undefined
    // A handshake that was accepted but lost its link before this may have begun the epoch that is continued now.
    const result: HandshakeResult | undefined = ready
    const before: HandshakeResult | undefined = this.ready
    const resumed = result?.resumed === true && (before === undefined || before.epoch === result.epoch)
    this.apply(
      { type: 'accepted', generation: dial.generation, resumed, epoch: result?.epoch },
      () => this.#commit(dial, ready, resumed, isInDoubt),
      () => {
        if (this.writer !== dial) return
        this.outbox.opened(this.confirms, { ...result, continued: resumed && result?.forgotten !== true })
        if (this.writer === dial) this.notifier.emit('open', { resumed, ready, first: this.notifier.opens === 1 })
      },
    )
  }

  #commit(
    dial: Attempt<In, Out, WireIn, WireOut, Ready>,
    ready: Ready | undefined,
    resumed: boolean,
    isInDoubt: boolean,
  ): void {
    this.notifier.opens += 1
    this.#preparations?.opened(skewOf(dial.opening, this.clock.epoch()))
    this.ready = ready
    const result: HandshakeResult | undefined = ready
    if (result?.fenced === true) this.#preparations?.forget()
    this.writer = dial
    this.rtts = new RttSamples()
    dial.stableTimer = this.clock.after(this.options.stableAfterMs, () => {
      dial.stableTimer = undefined
      this.#settleDown(dial)
    })
    dial.liveness = watchOf(this.options.transport, this.protocol, dial)
    if (this.machine.hidden) dial.liveness?.hidden(true)
    const acks = this.protocol.delivery !== undefined && result?.acks !== false
    this.confirms = acks ? 'ack' : dial.liveness?.proves === true ? 'probe' : 'none'
    this.#renewal = dial.credentials?.expiresAt === undefined ? undefined : new Renewal(this, dial)
    if (this.inbound.pausedAt !== undefined) this.inbound.app.reading.pauseLink(true)
    this.outbox.opening()
    const gap = result?.gap ?? (isInDoubt && result?.resumed !== true ? REPLACED : undefined)
    if (gap !== undefined) this.inbound.gap(gap)
    this.notifier.emit('link', { resumed })
    dial.release()
  }

  #settleDown({ generation, awaitsSign, stableTimer }: Attempt<In, Out, WireIn, WireOut, Ready>): void {
    if (!awaitsSign && stableTimer === undefined) this.apply({ type: 'stable', generation })
  }

  confirm(dial: Attempt<In, Out, WireIn, WireOut, Ready>): void {
    if (dial !== this.writer || !dial.awaitsSign) return
    dial.awaitsSign = false
    if (this.machine.doubted !== undefined) this.#signReceived(dial)
    this.#settleDown(dial)
  }

  /** After a sleep or a change of network, where nothing can be asked: another link is dialed beside this one. */
  doubtful(dial: Attempt<In, Out, WireIn, WireOut, Ready>): void {
    if (dial !== this.writer || dial.liveness?.proves !== false) return
    dial.awaitsSign = true
    this.apply({ type: 'leave', generation: dial.generation, reason: 'doubt', reconnectWindowMs: 0 })
  }

  #signReceived(dial: Attempt<In, Out, WireIn, WireOut, Ready>): void {
    this.apply({ type: 'heard', generation: dial.generation }, undefined, () => {
      if (this.writer === dial && this.status.state === 'open') this.outbox.opened(this.confirms, { continued: true })
    })
  }

  confirmedUpTo(dial: Attempt<In, Out, WireIn, WireOut, Ready>, ms: number, mark: number): void {
    this.notifier.emit('rtt', { ms })
    if (dial === this.writer) this.outbox.confirmedUpTo(mark)
    this.confirm(dial)
  }

  renew(dial: Attempt<In, Out, WireIn, WireOut, Ready>): void {
    if (dial !== this.writer) return
    this.#renewal ??= new Renewal(this, dial)
    void this.#renewal.renew()
  }

  failed(dial: Attempt<In, Out, WireIn, WireOut, Ready>, cause: Cause): void {
    this.lastCause = cause
    this.notifier.record(cause)
    this.options.logger.info('connection ended', { cause: cause.kind, attempt: dial.attempt })
    this.#forget(dial, cause)
    const isWithheld = this.#preparations?.isWithheld === true && !dial.isAccepted
    const decision = decide(this, cause, dial, isWithheld)
    this.apply({ type: 'failed', generation: dial.generation, cause, decision }, undefined, () => {
      if (this.status.state === 'waiting' || this.status.state === 'preparing') this.#trouble?.failed(cause)
      const { attempt, isAccepted } = dial
      if (!isAccepted) this.notifier.emit('attemptFailed', { cause, attempt, retryAt: this.machine.dueAt })
    })
  }

  empty(): void {
    if (this.status.state === 'draining') this.apply({ type: 'flushed' })
  }

  /** Takes messages again and listens to the world. */
  begin(): void {
    this.outbox.begin()
    this.inbound.begin()
    this.#detach ??= listenAround(this)
  }

  /** `reopens`: it was wanted again meanwhile. What has come for that stays: messages, and those that read. */
  #end(error: HoldfastError | undefined, reopens: boolean): void {
    this.#renewal?.stop()
    this.#preparations?.forget()
    this.#detach?.()
    this.#detach = undefined
    this.closing = undefined
    if (!reopens) this.outbox.end(error)
    if (reopens) this.inbound.endOf(this.#closingReaders)
    else this.inbound.end(error, error === undefined)
    this.#closingReaders = NONE
  }
}
