import type { Clock, HoldfastError, Logger, Random, Timer } from '@holdfast/contract'
import type { Cause, ClientProtocol, Gap, HandshakeResult, Verdict } from '../client-protocol.ts'
import type { DeliveryReport } from '../delivery/delivery-reports.ts'
import { Outbox } from '../delivery/outbox.ts'
import type { Confirmation, OutboxHost } from '../delivery/outbox-host.ts'
import type { StreamReader } from '../delivery/streams.ts'
import { JSON_PROTOCOL } from '../json-protocol.ts'
import { defaultJudge } from '../judge.ts'
import { WAKE_PROBE_MS } from '../liveness/liveness.ts'
import { Emitter } from '../support/emitter.ts'
import { RttSamples } from '../support/rtt-samples.ts'
import { Dial, type Prepared, writeFrames } from './dial.ts'
import type { ConnectionEvents } from './events.ts'
import { FlightRecorder } from './flight-recorder.ts'
import { type DialReason, type Effect, INITIAL_MACHINE, type Machine, type MachineEvent, step } from './machine.ts'
import { type ConnectionOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import { prepareAttempt, rotationDelay } from './prepare.ts'
import type { Status } from './status.ts'

/** Sent with a close that means "I shall be back": a server keeps the session. In RFC 6455's private range. */
const RESUMABLE_CLOSE = 4900

/** An event for the machine, and what belongs to it. */
interface Turn {
  readonly event: MachineEvent
  /** Runs when the event changed the status, before anybody is told. */
  readonly commit: (() => void) | undefined
  /** Runs after everybody was told. */
  readonly after: (() => void) | undefined
}

/** Behind the face of `Connection`: does what the machine decides. Time, sockets and callbacks happen here. */
export class Engine<In, Out, WireIn, WireOut, Ready extends HandshakeResult | undefined> implements OutboxHost<Out> {
  readonly options: ConnectionOptions<In, Out, WireIn, WireOut, Ready>
  readonly resolved: ResolvedOptions
  readonly protocol: ClientProtocol<In, Out, WireIn, WireOut, Ready>
  readonly clock: Clock
  readonly emitter: Emitter<ConnectionEvents>
  readonly outbox: Outbox<Out>
  readonly recorder: FlightRecorder
  readonly rtts: RttSamples = new RttSamples()
  readonly counts = { dials: 0, opens: 0, invalidFrames: 0, staleEvents: 0, gaps: 0, inDoubt: 0 }
  machine: Machine = INITIAL_MACHINE
  /** The dial that messages are written to; it is open. */
  writer: Dial<In, Out, WireIn, WireOut, Ready> | undefined
  ready: Ready | undefined
  lastCause: Cause | undefined
  confirms: Confirmation = 'none'
  taps: readonly ((message: In) => boolean)[] = []
  readers: readonly StreamReader<In>[] = []
  closing: { readonly code?: number | undefined; readonly reason?: string | undefined } = {}
  readonly #random: Random
  readonly #logger: Logger
  readonly #instance: string
  #ids = 0
  /** Events that wait for the one being applied; undefined while none is. */
  #turns: Turn[] | undefined
  #dials: readonly Dial<In, Out, WireIn, WireOut, Ready>[] = []
  #waitTimer: Timer | undefined
  #stableTimer: Timer | undefined
  #rotateTimer: Timer | undefined
  #noticeTimer: Timer | undefined
  #lostAt: number | undefined
  #confirmed = false
  #longEnough = false
  #pausers = 0
  #hidden = false
  #detach: (() => void) | undefined

  constructor(options: ConnectionOptions<In, Out, WireIn, WireOut, Ready>) {
    this.options = options
    this.resolved = resolveOptions(options)
    this.protocol = options.protocol ?? (JSON_PROTOCOL as ClientProtocol<In, Out, WireIn, WireOut, Ready>)
    this.clock = this.resolved.clock
    this.#random = this.resolved.random
    this.#logger = this.resolved.logger
    this.recorder = new FlightRecorder(this.clock)
    this.#instance = Math.floor(this.#random() * 2 ** 40).toString(36)
    this.emitter = new Emitter((error, name) => {
      if (name !== 'problem') this.problem(`a listener of "${String(name)}" threw`, error)
    })
    this.outbox = new Outbox<Out>(this, this.resolved.outbox, this.protocol.delivery?.byDefault ?? 'once')
  }

  get status(): Status {
    return this.machine.status
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
  }

  #turn({ event, commit, after }: Turn): void {
    // A close that was ahead of it in the queue has ended what the call began.
    if (event.type === 'connect' || event.type === 'reconnect') this.begin()
    const { retry } = this.resolved
    const overlap = this.protocol.overlap === true
    const before = this.status
    const env = { now: this.clock.now(), random: this.#random, retry, overlap }
    const { machine, effects } = step(this.machine, event, env)
    this.machine = machine
    for (const effect of effects) this.#perform(effect)
    if (machine.status === before) return
    commit?.()
    this.#changed(machine.status, before)
    after?.()
  }

  #perform(effect: Effect): void {
    switch (effect.do) {
      case 'dial':
        return this.#dial(effect.generation, effect.attempt, effect.reason)
      case 'drop':
        return this.#drop(effect.generation, effect.why)
      case 'wait':
        this.#waitTimer?.cancel()
        this.#waitTimer = this.clock.after(effect.ms, () => this.apply({ type: 'due' }))
        return
      case 'stopWaiting':
        return this.#waitTimer?.cancel()
      case 'forgetSession':
        this.protocol.forget?.()
        return this.outbox.newEpoch()
      case 'probe':
        return this.writer?.liveness?.probe(WAKE_PROBE_MS)
      case 'hidden':
        this.#hidden = effect.hidden
        return this.writer?.liveness?.hidden(effect.hidden)
      case 'report':
        if (effect.what === 'stale') this.counts.staleEvents += 1
        return this.problem(`${effect.what}: ${effect.detail}`)
    }
  }

  #dial(generation: number, attempt: number, reason: DialReason): void {
    this.counts.dials += 1
    const dial = new Dial(this, generation, attempt, reason)
    this.#dials = [...this.#dials, dial]
    void dial.run()
  }

  #drop(generation: number, why: Extract<Effect, { do: 'drop' }>['why']): void {
    const dial = this.#dials.find((one) => one.generation === generation)
    if (dial === undefined) return
    const { code = 1000, reason = '' } = this.closing
    const cause: Cause = { kind: 'local', reason: why }
    if (why !== 'goaway') this.lastCause = cause
    this.#forget(dial, cause)
    if (why === 'close') dial.drop(code, reason)
    else dial.drop(RESUMABLE_CLOSE, why)
  }

  /** A dial is over: settle what hung on it, before the status speaks of it. */
  #forget(dial: Dial<In, Out, WireIn, WireOut, Ready>, cause: Cause): void {
    this.#dials = this.#dials.filter((one) => one !== dial)
    if (dial !== this.writer) return
    this.writer = undefined
    this.#stableTimer?.cancel()
    this.#rotateTimer?.cancel()
    this.outbox.dropped()
    this.emitter.emit('dropped', { cause })
  }

  // ---- telling ----------------------------------------------------------------------------------

  #changed(status: Status, previous: Status): void {
    if (status.state !== previous.state) this.recorder.add({ status })
    if (status.state === 'draining') this.#drain(status.reason)
    if (status.state === 'closed') this.#end(finalError(status))
    this.#notice(status)
    try {
      this.options.onStatus?.(status, previous)
    } catch (error) {
      this.problem('onStatus threw', error)
    }
    this.emitter.emit('status', { status, previous, cause: this.lastCause })
  }

  /** Before a close the queue gets its time, and a probe makes that short; before a successor it waits for it. */
  #drain(reason: 'goaway' | 'rotate' | 'close'): void {
    if (reason === 'close') this.writer?.liveness?.nudge()
    else this.outbox.pause()
  }

  /** `lost` and `restored`, without flicker. */
  #notice({ state }: Status): void {
    const since = this.clock.now()
    const usable = state === 'open' || state === 'draining'
    if (!usable && state !== 'closed' && state !== 'idle') {
      this.#noticeTimer ??= this.clock.after(this.resolved.noticeAfterMs, () => {
        this.#lostAt = since
        this.emitter.emit('lost', { cause: this.lastCause })
      })
      return
    }
    this.#noticeTimer?.cancel()
    this.#noticeTimer = undefined
    if (this.#lostAt !== undefined && usable) this.emitter.emit('restored', { afterMs: since - this.#lostAt })
    this.#lostAt = undefined
  }

  problem(what: string, error?: unknown): void {
    this.recorder.add({ note: what })
    this.#logger.warn(what)
    this.emitter.emit('problem', { what, error })
  }

  invalid(issue: string): void {
    this.counts.invalidFrames += 1
    this.recorder.add({ note: `invalid frame: ${issue}` })
    this.emitter.emit('invalid', { issue })
  }

  gap(gap: Gap): void {
    this.counts.gaps += 1
    this.emitter.emit('gap', gap)
    for (const reader of this.readers) reader.gap(gap)
  }

  // ---- the life of a dial -----------------------------------------------------------------------

  prepare(attempt: number, reason: DialReason, signal: AbortSignal): Promise<Prepared<Out>> {
    const { lastCause } = this
    const previousError = lastCause !== undefined && 'error' in lastCause ? lastCause.error : undefined
    return prepareAttempt(this.options, { attempt, reason, previousError, signal })
  }

  /** Commit the session, release what came early, tell the status, flush: in this order. */
  accepted(dial: Dial<In, Out, WireIn, WireOut, Ready>, ready: Ready | undefined): void {
    const { generation } = dial
    // A handshake that was accepted but lost its link before this may have begun the epoch that is continued now.
    const resumed = ready?.resumed === true && (this.ready === undefined || this.ready.epoch === ready.epoch)
    this.apply(
      { type: 'accepted', generation, resumed, epoch: ready?.epoch },
      () => this.#commit(dial, ready),
      () => {
        if (this.writer !== dial) return
        this.outbox.opened(this.confirms, { continued: resumed, received: ready?.received, fenced: ready?.fenced })
      },
    )
  }

  #commit(dial: Dial<In, Out, WireIn, WireOut, Ready>, ready: Ready | undefined): void {
    this.counts.opens += 1
    this.ready = ready
    this.writer = dial
    this.#confirmed = false
    this.#longEnough = false
    this.#stableTimer = this.clock.after(this.resolved.stableAfterMs, () => {
      this.#longEnough = true
      this.#settleDown(dial)
    })
    dial.liveness = this.protocol.liveness?.(dial)
    if (this.#hidden) dial.liveness?.hidden(true)
    const acks = this.protocol.delivery !== undefined && ready?.acks !== false
    this.confirms = acks ? 'ack' : dial.liveness?.proves === true ? 'probe' : 'none'
    this.#rotateBefore(dial.credentials?.expiresAt)
    if (this.isPaused) this.#pause(true)
    if (ready?.gap !== undefined) this.gap(ready.gap)
    dial.release()
  }

  #settleDown({ generation }: { readonly generation: number }): void {
    if (this.#confirmed && this.#longEnough) this.apply({ type: 'stable', generation })
  }

  confirm(dial: Dial<In, Out, WireIn, WireOut, Ready>): void {
    if (this.#confirmed || dial !== this.writer) return
    this.#confirmed = true
    this.#settleDown(dial)
  }

  failed(dial: Dial<In, Out, WireIn, WireOut, Ready>, cause: Cause): void {
    this.lastCause = cause
    this.recorder.add({ cause })
    this.#logger.info('connection ended', { cause: cause.kind, attempt: dial.attempt })
    this.#forget(dial, cause)
    const verdict = this.#judge(cause, dial.accepted)
    this.apply({ type: 'failed', generation: dial.generation, cause, verdict })
  }

  #judge(cause: Cause, wasOpen: boolean): Verdict {
    const context = { failures: this.machine.failures, wasOpen }
    try {
      const verdict = this.protocol.judge?.(cause, context) ?? defaultJudge(cause, context)
      const suspicious = verdict.act === 'retry' && verdict.budget === 'protocol' && wasOpen
      return suspicious && this.outbox.strike() ? { act: 'retry' } : verdict
    } catch (error) {
      this.problem('judge threw', error)
      return { act: 'retry' }
    }
  }

  /** Credentials are renewed before they expire: in band where the protocol can, else by a new connection. */
  #rotateBefore(expiresAt: number | undefined): void {
    this.#rotateTimer?.cancel()
    if (expiresAt === undefined) return
    const delay = rotationDelay(expiresAt, this.clock.epoch(), this.#random)
    this.#rotateTimer = this.clock.after(delay, () => this.renew(this.writer))
  }

  renew(dial: Dial<In, Out, WireIn, WireOut, Ready> | undefined): void {
    if (dial !== undefined && dial === this.writer) void this.#rotate(dial)
  }

  async #rotate(dial: Dial<In, Out, WireIn, WireOut, Ready>): Promise<void> {
    const { protocol } = this
    const { generation } = dial
    try {
      if (protocol.renew !== undefined) {
        const { credentials } = await this.prepare(dial.attempt, 'rotate', new AbortController().signal)
        if (credentials === undefined || this.writer !== dial) return
        protocol.renew(credentials, dial)
        return this.#rotateBefore(credentials.expiresAt)
      }
    } catch (error) {
      this.problem('renewing credentials failed', error)
    }
    this.apply({ type: 'leave', generation, reason: 'rotate', spreadMs: 0 })
  }

  // ---- messages ---------------------------------------------------------------------------------

  message(dial: Dial<In, Out, WireIn, WireOut, Ready>, message: In, frame: WireIn | undefined): void {
    if (dial.liveness?.answers(message) === true) return
    if (!this.#confirmed) this.confirm(dial)
    const { protocol, options } = this
    try {
      if (protocol.receive?.(message, dial) === true) return
      for (const tap of this.taps) if (tap(message)) return
    } catch (error) {
      this.problem('handling a message threw', error)
    }
    try {
      options.onMessage?.(message)
    } catch (error) {
      this.problem('onMessage threw', error)
    }
    for (const reader of this.readers) reader.push(message, sizeOf(frame))
  }

  /** A slow reader holds the channel back. */
  get isPaused(): boolean {
    return this.#pausers > 0
  }

  pauseReading(): void {
    this.#pausers += 1
    if (this.#pausers === 1) this.#pause(true)
  }

  resumeReading(): void {
    this.#pausers -= 1
    if (this.#pausers === 0) this.#pause(false)
  }

  #pause(paused: boolean): void {
    const { channel, liveness } = this.writer ?? {}
    liveness?.paused(paused)
    if (paused) channel?.pause()
    else channel?.resume()
  }

  // ---- what the outbox needs --------------------------------------------------------------------

  newId(): string {
    this.#ids += 1
    return `${this.#instance}.${this.#ids}`
  }

  encode(message: Out, mark: { id: string; seq: number | undefined }): { wire: unknown; bytes: number } {
    const { codec, delivery } = this.protocol
    const wire = codec.encode(delivery === undefined ? message : delivery.stamp(message, mark))
    if (typeof wire === 'string' || wire instanceof Uint8Array) return { wire, bytes: wire.length }
    let bytes = 0
    const frames = [...(wire as Iterable<WireOut>)]
    for (const frame of frames) bytes += sizeOf(frame)
    return { wire: frames, bytes }
  }

  write(wire: unknown): void {
    const { writer } = this
    if (writer?.channel === undefined) return
    writer.liveness?.wrote()
    writeFrames(writer.channel, wire as WireOut)
  }

  bufferedBytes(): number {
    return this.writer?.channel?.bufferedBytes ?? 0
  }

  drained(): Promise<void> {
    return this.writer?.channel?.drained() ?? Promise.resolve()
  }

  report(report: DeliveryReport): void {
    if (report.kind === 'inDoubt') this.counts.inDoubt += report.count
    this.recorder.add({ note: `${report.count} messages ${report.kind}` })
    this.emitter.emit('delivery', report)
  }

  wanted(): void {
    if (this.confirms === 'probe') this.writer?.liveness?.nudge()
  }

  empty(): void {
    if (this.status.state === 'draining') this.apply({ type: 'flushed' })
  }

  // ---- beginning and end ------------------------------------------------------------------------

  /** Takes messages again and listens to the world. */
  begin(): void {
    const { signals, signal } = this.options
    this.outbox.begin()
    if (this.#detach !== undefined || (signals === undefined && signal === undefined)) return
    const leave = signals?.subscribe((name) => this.apply({ type: 'signal', signal: name }))
    // What was heard before the last close may be out of date.
    this.machine = { ...this.machine, offline: signals?.online === false }
    this.#hidden = signals?.visible === false
    const abort = (): void => this.apply({ type: 'close', flushMs: 0 })
    signal?.addEventListener('abort', abort)
    this.#detach = () => {
      leave?.()
      signal?.removeEventListener('abort', abort)
    }
    // After the event that began this: it would start again what is closed here.
    if (signal?.aborted === true) queueMicrotask(abort)
  }

  #end(error: HoldfastError | undefined): void {
    const timers = [this.#waitTimer, this.#stableTimer, this.#rotateTimer, this.#noticeTimer]
    for (const timer of timers) timer?.cancel()
    this.#detach?.()
    this.#detach = undefined
    this.closing = {}
    this.outbox.end(error)
    const { readers } = this
    this.readers = []
    for (const reader of readers) reader.end(error)
  }
}

/** Why it is over; undefined when the user ended it. */
export function finalError(status: Status): HoldfastError | undefined {
  return status.state === 'closed' && status.outcome.reason !== 'user' ? status.outcome.error : undefined
}

function sizeOf(frame: unknown): number {
  return typeof frame === 'string' || frame instanceof Uint8Array ? frame.length : 0
}
