import { HoldfastError, type Timer } from '@holdfast/contract'
import type { Cause, HandshakeResult, Verdict } from '../client-protocol.ts'
import { coreError } from '../errors.ts'
import { defaultJudge } from '../judge.ts'
import { WAKE_PROBE_MS } from '../liveness/liveness.ts'
import { transportPing } from '../liveness/rules.ts'
import { peerWord } from '../retry/peer-word.ts'
import { RttSamples } from '../support/rtt-samples.ts'
import { Attempt } from './attempt.ts'
import { skewOf } from './clock-skew.ts'
import { explain } from './explain.ts'
import {
  type DialReason,
  type DropReason,
  type Effect,
  INITIAL_MACHINE,
  type Machine,
  type MachineEvent,
} from './machine/state.ts'
import { step } from './machine/step.ts'
import { isLoopback, isPlainPrivate, originOf, withoutSecrets } from './nearby.ts'
import type { CloseOptions } from './options.ts'
import { Preparations } from './preparations.ts'
import type { Prepared } from './prepare.ts'
import { Renewal } from './renewal.ts'
import type { Status } from './status.ts'
import { Traffic } from './traffic.ts'
import { Trouble } from './trouble.ts'
import { type Look, type WaitBounds, Waits } from './waits.ts'

/** Sent with a close that means "I shall be back": a server keeps the session. In RFC 6455's private range. */
const RESUMABLE_CLOSE = 4900

// Shared by connections that have none of their own: an idle one is small.
const NONE: readonly never[] = []
const NO_SAMPLES = /* @__PURE__ */ new RttSamples()

/** What came over a link that was given up without a proof is not known. */
const REPLACED = { reason: 'the link was replaced after a sleep or a change of network' }

/** An event for the machine, and what belongs to it. */
interface Turn {
  readonly event: MachineEvent
  /** Runs when the event changed the status, before anybody is told. */
  readonly commit: (() => void) | undefined
  /** Runs after everybody was told. */
  readonly after: (() => void) | undefined
}

/** Behind the face of `Connection`: does what the machine decides. Time, sockets and callbacks happen here. */
export class Engine<In, Out, WireIn, WireOut, Ready extends object | undefined> extends Traffic<
  In,
  Out,
  WireIn,
  WireOut,
  Ready
> {
  /** Of the connection that is open, or was last. */
  rtts: RttSamples = NO_SAMPLES
  machine: Machine = INITIAL_MACHINE
  ready: Ready | undefined
  closing: CloseOptions | undefined
  /** How often the app has asked for a close: a wait that began after the last one is not ended by it. */
  closes = 0
  #waits: Waits | undefined
  #trouble: Trouble | undefined
  /** Those that read when it was told to close. */
  #closingReaders: readonly object[] = NONE
  /** Events that wait for the one being applied; undefined while none is. */
  #turns: Turn[] | undefined
  #dials: readonly Attempt<In, Out, WireIn, WireOut, Ready>[] = NONE
  #dueTimer: Timer | undefined
  #armedAt: number | undefined
  #stableTimer: Timer | undefined
  #renewal: Renewal<In, Out, WireIn, WireOut, Ready> | undefined
  #preparations: Preparations<In, Out, WireIn, WireOut, Ready> | undefined
  skewMs: number | undefined
  rotatedAt: number = Number.NEGATIVE_INFINITY
  #toldOfClock = false
  #isLoopback = false
  /** Where the last attempt went, and where the last connection was open. */
  #origin: string | undefined
  #openOrigin: string | undefined
  #isWithheld = false
  #confirmed = false
  #longEnough = false
  #detach: (() => void) | undefined

  get status(): Status {
    return this.machine.status
  }

  now(): number {
    return this.clock.now()
  }

  // ---- what waits for a status ------------------------------------------------------------------

  /** Waits for a status. What is being applied is looked at when it is done. */
  wait(look: Look, bounds: WaitBounds): Promise<void> {
    this.#waits ??= new Waits(this.clock)
    const waited = this.#waits.add(look, bounds)
    if (this.#turns === undefined) this.#waits.look(this.status, true)
    return waited
  }

  /** The app asks for the end: what it does afterwards is not meant. */
  askClose(options: CloseOptions, flushMs: number): void {
    this.closes += 1
    this.closing = options
    this.#closingReaders = this.inbound.attached
    this.apply({ type: 'close', flushMs })
  }

  // ---- the machine's hands ----------------------------------------------------------------------

  /** One event at a time: what a listener does while one is told is queued behind it. */
  apply(event: MachineEvent, commit?: () => void, after?: () => void): void {
    if (this.#turns !== undefined) {
      this.#turns.push({ event, commit, after })
      return
    }
    const turns: Turn[] = [{ event, commit, after }]
    this.#turns = turns
    try {
      for (const turn of turns) this.#turn(turn)
    } finally {
      this.#turns = undefined
    }
    this.#waits?.look(this.status, true)
  }

  #turn({ event, commit, after }: Turn): void {
    // A close that was ahead of it in the queue has ended what the call began.
    if (event.type === 'connect' || event.type === 'reconnect') this.begin()
    if (event.type === 'reauthenticate') this.#preparations?.forget()
    const before = this.machine
    const { random, retry } = this.options
    const env = {
      now: this.clock.now(),
      random,
      retry,
      overlap: this.protocol.overlap === true,
      loopback: this.#isLoopback,
    }
    const { machine, effects } = step(before, event, env)
    this.machine = machine
    this.#arm(machine.dueAt, env.now)
    if (machine.hidden !== before.hidden) this.writer?.liveness?.hidden(machine.hidden)
    for (const effect of effects) this.#perform(effect)
    if (machine.status === before.status) return
    commit?.()
    this.#changed(machine.status, before.status)
    after?.()
    this.#waits?.look(machine.status, false)
    if (machine.reopen && machine.status.state === 'closed') this.apply({ type: 'connect' })
  }

  #arm(dueAt: number | undefined, now: number): void {
    if (dueAt === this.#armedAt) return
    this.#dueTimer?.cancel()
    this.#armedAt = dueAt
    if (dueAt === undefined) return
    this.#dueTimer = this.clock.after(dueAt - now, () => {
      this.#armedAt = undefined
      this.apply({ type: 'due' })
    })
  }

  #perform(effect: Effect): void {
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
        if (effect.what === 'stale') this.counts.staleEvents += 1
        return this.problem(`${effect.what}: ${effect.detail}`)
    }
  }

  #dial(): void {
    this.counts.dials += 1
    const dial = new Attempt(this, this.machine)
    this.#dials = [...this.#dials, dial]
    void dial.run()
  }

  #drop(generation: number, why: DropReason): void {
    const dial = this.#dials.find((one) => one.generation === generation)
    if (dial === undefined) return
    const { code = 1000, reason = '' } = this.closing ?? {}
    const cause: Cause = { kind: 'local', reason: why }
    if (why !== 'goaway') this.lastCause = cause
    this.#forget(dial, cause)
    if (why === 'close') dial.drop(code, reason)
    else dial.drop(RESUMABLE_CLOSE, why)
  }

  /** A dial is over: settle what hung on it, before the status speaks of it. */
  #forget(dial: Attempt<In, Out, WireIn, WireOut, Ready>, cause: Cause): void {
    this.#dials = this.#dials.filter((one) => one !== dial)
    if (dial !== this.writer) return
    this.writer = undefined
    this.#stableTimer?.cancel()
    this.#renewal?.stop()
    this.outbox.dropped()
    this.emit('dropped', { cause })
  }

  // ---- telling ----------------------------------------------------------------------------------

  #changed(status: Status, previous: Status): void {
    if (status.state !== previous.state) this.recorder.add(status)
    if (status.state === 'draining') this.#drain(status.reason)
    if (status.state === 'closed') this.#end(finalError(status), this.machine.reopen)
    if (this.#trouble === undefined && status.state !== 'closed') this.#trouble = new Trouble(this)
    this.#trouble?.changed(status)
    this.tellStatus(status, previous)
  }

  /** Before a close the queue gets its time, and a probe makes that short; before a successor it waits for it. */
  #drain(reason: 'goaway' | 'rotate' | 'close' | 'doubt'): void {
    if (reason === 'close') this.writer?.liveness?.nudge()
    else this.outbox.pause()
  }

  // ---- the life of a dial -----------------------------------------------------------------------

  prepare(attempt: number, reason: DialReason, signal: AbortSignal): Promise<Prepared<Out>> {
    const { lastCause } = this
    const previousError = lastCause !== undefined && 'error' in lastCause ? lastCause.error : undefined
    this.#preparations ??= new Preparations(this.options, this)
    return this.#preparations.ask({ attempt, reason, previousError, signal }).then((prepared) => this.#near(prepared))
  }

  /**
   * While the runtime claims to be offline this machine itself is dialed as ever, and an address of a local network too.
   * But that may be another network now: nothing that may be a credential is sent there in plain text, whichever option
   * brought it, unless this very address was open.
   */
  #near(prepared: Prepared<Out>): Prepared<Out> {
    const { target, bare } = prepared
    this.#isLoopback = isLoopback(target.url)
    if (this.#isLoopback) this.machine = { ...this.machine, offline: false }
    this.#origin = originOf(target.url)
    this.#isWithheld = this.machine.offline && this.#origin !== this.#openOrigin && isPlainPrivate(target.url)
    return this.#isWithheld ? { target: withoutSecrets(bare), credentials: undefined, bare } : prepared
  }

  /** They are used all the same: the server knows better, and says when it wants others. */
  wrongClock(expiredMs: number): void {
    if (this.#toldOfClock) return
    this.#toldOfClock = true
    const seconds = Math.round(expiredMs / 1_000)
    const what =
      this.skewMs === undefined
        ? `seem to have expired ${seconds} s ago: the clock of this device is ahead of the server's by at least that. They are used, and renewed when the server asks for others. Set the clock.`
        : `expired ${seconds} s ago by the server's clock. Look at the function that brings them.`
    this.problem(`New credentials ${what}`)
  }

  /** Commit the session, release what came early, tell the status, write: in this order. What is sent meanwhile is written last. */
  accepted(dial: Attempt<In, Out, WireIn, WireOut, Ready>, ready: Ready | undefined): void {
    const { generation } = dial
    const isInDoubt = this.machine.doubted !== undefined
    // A handshake that was accepted but lost its link before this may have begun the epoch that is continued now.
    const told: HandshakeResult | undefined = ready
    const before: HandshakeResult | undefined = this.ready
    const resumed = told?.resumed === true && (before === undefined || before.epoch === told.epoch)
    this.apply(
      { type: 'accepted', generation, resumed, epoch: told?.epoch },
      () => this.#commit(dial, ready, isInDoubt),
      () => {
        if (this.writer !== dial) return
        this.outbox.opened(this.confirms, { ...told, continued: resumed && told?.forgotten !== true })
      },
    )
  }

  #commit(dial: Attempt<In, Out, WireIn, WireOut, Ready>, ready: Ready | undefined, isInDoubt: boolean): void {
    this.counts.opens += 1
    this.#openOrigin = this.#origin
    this.ready = ready
    const told: HandshakeResult | undefined = ready
    if (told?.fenced === true) this.#preparations?.forget()
    this.writer = dial
    this.#confirmed = false
    this.#longEnough = false
    this.rtts = new RttSamples()
    this.#stableTimer = this.clock.after(this.options.stableAfterMs, () => {
      this.#stableTimer = undefined
      this.#longEnough = true
      this.#settleDown(dial)
    })
    const { liveness = transportPing() } = this.protocol
    dial.liveness = liveness === 'none' ? undefined : liveness(dial)
    if (this.machine.hidden) dial.liveness?.hidden(true)
    const acks = this.protocol.delivery !== undefined && told?.acks !== false
    this.confirms = acks ? 'ack' : dial.liveness?.proves === true ? 'probe' : 'none'
    this.skewMs = skewOf(dial.opening, this.clock.epoch()) ?? this.skewMs
    this.#renewal = dial.credentials?.expiresAt === undefined ? undefined : new Renewal(this, dial)
    if (this.inbound.isPaused) this.setPaused(true)
    this.outbox.opening()
    const gap = told?.gap ?? (isInDoubt && told?.resumed !== true ? REPLACED : undefined)
    if (gap !== undefined) this.gap(gap)
    dial.release()
  }

  #settleDown({ generation }: { readonly generation: number }): void {
    if (this.#confirmed && this.#longEnough) this.apply({ type: 'stable', generation })
  }

  confirm(dial: Attempt<In, Out, WireIn, WireOut, Ready>): void {
    if (dial !== this.writer) return
    if (this.machine.doubted !== undefined) this.#heard(dial)
    if (this.#confirmed) return
    this.#confirmed = true
    this.#settleDown(dial)
  }

  /** After a sleep or a change of network, where nothing can be asked: another link is dialed beside this one. */
  doubtful(dial: Attempt<In, Out, WireIn, WireOut, Ready>): void {
    if (dial !== this.writer || dial.liveness?.proves !== false) return
    this.apply({ type: 'leave', generation: dial.generation, reason: 'doubt', spreadMs: 0 })
  }

  #heard(dial: Attempt<In, Out, WireIn, WireOut, Ready>): void {
    this.apply({ type: 'heard', generation: dial.generation }, undefined, () => {
      if (this.writer === dial) this.outbox.opened(this.confirms, { continued: true })
    })
  }

  proven(dial: Attempt<In, Out, WireIn, WireOut, Ready>, ms: number, mark: number): void {
    this.emit('rtt', { ms })
    if (dial === this.writer) this.outbox.proven(mark)
    this.confirm(dial)
  }

  renew(dial: Attempt<In, Out, WireIn, WireOut, Ready>): void {
    if (dial !== this.writer) return
    this.#renewal ??= new Renewal(this, dial)
    void this.#renewal.renew()
  }

  failed(dial: Attempt<In, Out, WireIn, WireOut, Ready>, cause: Cause): void {
    this.lastCause = cause
    this.recorder.add(cause)
    this.options.logger.info('connection ended', { cause: cause.kind, attempt: dial.attempt })
    this.#forget(dial, cause)
    // Every new connection is sent it again: only a person can help.
    if ('error' in cause && codeOf(cause.error) === 'channel/message_too_large') {
      this.problem('a message from the peer is larger than maxPayloadBytes allows', cause.error)
    }
    const verdict = this.#judge(cause, dial.isAccepted)
    this.apply({ type: 'failed', generation: dial.generation, cause, verdict }, undefined, () => {
      if (this.status.state === 'waiting' || this.status.state === 'preparing') this.#trouble?.failed(cause)
    })
  }

  inTrouble(cause: Cause | undefined): void {
    const said = explain({ status: this.status, lastCause: cause, now: () => this.clock.now() })
    const { usually } = this.options.transport
    const hint = cause !== undefined || usually === undefined ? '' : ` No answer so far; usually ${usually}.`
    const error = cause !== undefined && 'error' in cause ? cause.error : undefined
    const details = { attempt: this.machine.attempt, cause: cause?.kind }
    const what = `Not connected. ${said}${hint}`
    this.problem(what, coreError('connection/unreachable', what, { cause: error, details }))
  }

  #judge(cause: Cause, wasOpen: boolean): Verdict {
    const { failures, opened, refreshed, spent } = this.machine
    const { transport, retry } = this.options
    const context = {
      failures,
      wasOpen,
      openedBefore: opened,
      retryFirst: retry.retryFirst,
      refreshed,
      spent,
      word: peerWord(cause),
      exchange: transport.exchange,
    }
    // The peer refused what it was not shown.
    if (this.#isWithheld && !wasOpen) return { act: 'retry' }
    try {
      const verdict = this.protocol.judge?.(cause, context) ?? defaultJudge(cause, context)
      const code = cause.kind === 'close' && wasOpen ? cause.code : undefined
      return this.outbox.strike(code) ? { act: 'retry' } : verdict
    } catch (error) {
      this.problem('judge threw', error)
      return { act: 'retry' }
    }
  }

  override empty(): void {
    if (this.status.state === 'draining') this.apply({ type: 'flushed' })
  }

  // ---- beginning and end ------------------------------------------------------------------------

  /** Takes messages again and listens to the world. */
  begin(): void {
    const { signals, signal } = this.options
    this.outbox.begin()
    this.inbound.begin()
    if (this.#detach !== undefined || (signals === undefined && signal === undefined)) return
    const leave = signals?.subscribe((name) => this.apply({ type: 'signal', signal: name }))
    // What was heard before the last close may be out of date.
    this.machine = {
      ...this.machine,
      offline: signals?.online === false && !this.#isLoopback,
      hidden: signals?.visible === false,
    }
    const abort = (): void => this.askClose({}, 0)
    signal?.addEventListener('abort', abort)
    this.#detach = () => {
      leave?.()
      signal?.removeEventListener('abort', abort)
    }
    // After the event that began this: it would start again what is closed here.
    if (signal?.aborted === true) queueMicrotask(abort)
  }

  /** `reopens`: it was wanted again meanwhile. What has come for that stays: messages, and those that read. */
  #end(error: HoldfastError | undefined, reopens: boolean): void {
    this.#stableTimer?.cancel()
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

/** Why it is over; undefined when the user ended it, or when it is complete. */
export function finalError(status: Status): HoldfastError | undefined {
  return status.state === 'closed' && 'error' in status.outcome ? status.outcome.error : undefined
}

function codeOf(error: unknown): string | undefined {
  return error instanceof HoldfastError ? error.code : undefined
}
