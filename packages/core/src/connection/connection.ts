import type { HoldfastError, Timer } from '@holdfast/contract'
import type { Cause, ClientProtocol, Gap, HandshakeResult, Port, Verdict } from '../client-protocol.ts'
import type { Delivery } from '../delivery/delivery.ts'
import { type Confirmation, Outbox, type SendOptions } from '../delivery/outbox.ts'
import type { StreamReader, StreamSource } from '../delivery/streams.ts'
import { coreError } from '../errors.ts'
import { jsonProtocol } from '../json-protocol.ts'
import { defaultJudge } from '../judge.ts'
import { type LivenessHost, WAKE_PROBE_MS } from '../liveness/liveness.ts'
import { deferred } from '../support/deferred.ts'
import { Emitter } from '../support/emitter.ts'
import { RttSamples } from '../support/rtt-samples.ts'
import { Dial, type DialHost, type Prepared, writeFrames } from './dial.ts'
import type { ConnectionEvents, ConnectionMetrics, Guarantees } from './events.ts'
import { type FlightRecord, FlightRecorder } from './flight-recorder.ts'
import { type DialReason, type Effect, INITIAL_MACHINE, type Machine, type MachineEvent, step } from './machine.ts'
import { type ConnectionOptions, type DefaultWire, type ResolvedOptions, resolveOptions } from './options.ts'
import { prepareAttempt, rotationDelay } from './prepare.ts'
import type { ConnectionState, Status } from './status.ts'

/** Sent with a close that means "I shall be back": a server keeps the session. In RFC 6455's private range. */
const RESUMABLE_CLOSE = 4900

/** How `close()` ends. */
export interface CloseOptions {
  /** @defaultValue 1000 */
  readonly code?: number | undefined
  readonly reason?: string | undefined
  /** Time for what is queued or unconfirmed. In milliseconds. @defaultValue 1000 */
  readonly flushMs?: number | undefined
}

const FLUSH_MS = 1_000

/**
 * A connection that stays: dials, retries, notices dead links, keeps what is sent in order and says what became of it.
 * Any protocol, any transport. `connect()` starts it, `close()` ends it; in between it looks after itself.
 */
export class Connection<
  // biome-ignore lint/suspicious/noExplicitAny: without a protocol the messages are whatever JSON the peer sends
  In = any,
  Out = unknown,
  WireIn = DefaultWire,
  WireOut = DefaultWire,
  Ready extends HandshakeResult | undefined = HandshakeResult | undefined,
> {
  readonly #options: ConnectionOptions<In, Out, WireIn, WireOut, Ready>
  readonly #resolved: ResolvedOptions
  readonly #protocol: ClientProtocol<In, Out, WireIn, WireOut, Ready>
  readonly #emitter: Emitter<ConnectionEvents>
  readonly #outbox: Outbox<Out>
  readonly #recorder: FlightRecorder
  readonly #rtts = new RttSamples()
  readonly #instance: string
  #counter = 0
  #machine: Machine = INITIAL_MACHINE
  #events: Turn[] = []
  #applying = false
  #dials = new Map<number, Dial<In, Out, WireIn, WireOut, Ready>>()
  #writer: Dial<In, Out, WireIn, WireOut, Ready> | undefined
  #ready: Ready | undefined
  #lastCause: Cause | undefined
  #timers: {
    wait?: Timer | undefined
    stable?: Timer | undefined
    rotate?: Timer | undefined
    notice?: Timer | undefined
  } = {}
  #confirmed = false
  #longEnough = false
  #lostAt: number | undefined
  #confirms: Confirmation = 'none'
  #taps: ((message: In) => boolean)[] = []
  readonly #readers = new Set<StreamReader<In>>()
  #pausers = 0
  #hidden = false
  #detach: (() => void) | undefined
  #counts = { dials: 0, opens: 0, invalidFrames: 0, staleEvents: 0, gaps: 0, inDoubt: 0 }
  #closing: CloseOptions = {}

  /** @throws `connection/invalid_option` */
  constructor(options: ConnectionOptions<In, Out, WireIn, WireOut, Ready>) {
    this.#options = options
    this.#resolved = resolveOptions(options)
    this.#protocol = options.protocol ?? (jsonProtocol() as ClientProtocol<In, Out, WireIn, WireOut, Ready>)
    const { clock, random } = this.#resolved
    this.#recorder = new FlightRecorder(clock)
    this.#instance = Math.floor(random() * 2 ** 40).toString(36)
    this.#emitter = new Emitter((error, name) => {
      if (name !== 'problem') this.#problem(`a listener of "${String(name)}" threw`, error)
    })
    this.#outbox = this.#newOutbox()
  }

  // ---- what it is -------------------------------------------------------------------------------

  /** Where it stands, why, and what comes next. */
  get status(): Status {
    return this.#machine.status
  }

  get state(): ConnectionState {
    return this.#machine.status.state
  }

  /** What the handshake of the current or last connection returned. */
  get ready(): Ready | undefined {
    return this.#ready
  }

  get guarantees(): Guarantees {
    const { transport } = this.#options
    const watch = this.#writer?.liveness
    return {
      confirmation: this.#confirms,
      liveness: watch === undefined ? 'none' : watch.proves ? 'probe' : watch.listens ? 'listen' : 'none',
      resume: this.#ready?.resumed !== undefined,
      flowControl: transport.traits.pause ? 'transport' : 'none',
    }
  }

  get metrics(): ConnectionMetrics {
    const { count, bytes, unconfirmed } = this.#outbox
    return {
      ...this.#counts,
      queued: count - unconfirmed,
      queuedBytes: bytes,
      unconfirmed,
      rttP50: this.#rtts.quantile(0.5),
      rttP95: this.#rtts.quantile(0.95),
    }
  }

  /** What ended the last attempt or connection; undefined before the first trouble. */
  get lastCause(): Cause | undefined {
    return this.#lastCause
  }

  /** The time that `status` speaks in. In milliseconds. */
  now(): number {
    return this.#resolved.clock.now()
  }

  /** The last 256 things that happened. No bodies, no credentials. */
  get history(): readonly FlightRecord[] {
    return this.#recorder.records
  }

  // ---- what it does -----------------------------------------------------------------------------

  /**
   * Starts, or does nothing while under way. Resolves when open; rejects when that is over (`connection/closed`,
   * or the final error) or the signal aborts. Awaiting it is optional.
   */
  connect(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    this.#attach()
    this.#apply({ type: 'connect' })
    const opened = this.#opened(options.signal)
    opened.catch(() => {})
    return opened
  }

  /** Drops what there is and dials at once. Attempts are not forgotten and the dial budget is spent. */
  reconnect(): void {
    this.#attach()
    this.#apply({ type: 'reconnect' })
  }

  /** Ends a wait. The dial budget still applies. */
  retryNow(): void {
    this.#apply({ type: 'retryNow' })
  }

  /** Continues from `authRequired`. */
  reauthenticate(): void {
    this.#apply({ type: 'reauthenticate' })
  }

  /** Stops without giving anything up: the queue is kept for the next `connect()`. */
  suspend(): void {
    this.#apply({ type: 'suspend' })
  }

  /** Ends for good and outranks every trigger. What is queued gets `flushMs` to leave. Never rejects; calling twice is fine. */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closing = options
    const pending = this.#outbox.count > 0
    this.#apply({ type: 'close', flushMs: pending ? (options.flushMs ?? FLUSH_MS) : 0 })
    if (this.state === 'closed') return Promise.resolve()
    const { promise, resolve } = deferred<void>()
    const off = this.on('status', ({ status }) => {
      if (status.state !== 'closed') return
      off()
      resolve()
    })
    return promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /**
   * Queues a message, or writes it at once when open. Order is kept. Never throws: the returned delivery says what
   * became of it, and awaiting it waits for the peer. A function is called when the message is written.
   */
  send(message: Out | (() => Out), options?: SendOptions): Delivery {
    return this.#outbox.send(message, options)
  }

  /** Resolves when one more message fits into the outbox. */
  room(): Promise<void> {
    return this.#outbox.room()
  }

  /** The peer holds these messages: for a layer above that learns it from an answer. */
  acked(ids: Iterable<string>): void {
    this.#outbox.ackedIds(ids)
  }

  /** Returns its own undo. */
  on<Name extends keyof ConnectionEvents>(name: Name, listener: (event: ConnectionEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener)
  }

  /** Shows every message to `tap` before the app; `true` keeps it from the app. Returns its own undo. */
  tap(tap: (message: In) => boolean): () => void {
    this.#taps = [...this.#taps, tap]
    return () => {
      this.#taps = this.#taps.filter((other) => other !== tap)
    }
  }

  /** For {@link messages} and {@link items}: everything that comes goes to `reader` until it leaves. */
  attach(reader: StreamReader<In>): StreamSource {
    const { status } = this.#machine
    if (status.state === 'closed') reader.end(finalError(status))
    else this.#readers.add(reader)
    return {
      canPause: this.#options.transport.traits.pause,
      pause: () => {
        this.#pausers += 1
        this.#writer?.channel?.pause()
      },
      resume: () => {
        this.#pausers -= 1
        if (this.#pausers === 0) this.#writer?.channel?.resume()
      },
      left: () => this.#readers.delete(reader),
    }
  }

  // ---- the machine's hands ----------------------------------------------------------------------

  /** One event at a time: what a listener does while one is told is queued behind it. */
  #apply(event: MachineEvent, commit?: () => void, after?: () => void): void {
    this.#events.push({ event, commit, after })
    if (this.#applying) return
    this.#applying = true
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.#turn(next)
    } finally {
      this.#applying = false
    }
  }

  #turn({ event, commit, after }: Turn): void {
    const { clock, random, retry } = this.#resolved
    const overlap = this.#protocol.overlap === true
    const before = this.#machine.status
    const { machine, effects } = step(this.#machine, event, { now: clock.now(), random, retry, overlap })
    this.#machine = machine
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
        return this.#drop(effect)
      case 'wait':
        this.#timers.wait?.cancel()
        this.#timers.wait = this.#resolved.clock.after(effect.ms, () => this.#apply({ type: 'due' }))
        return
      case 'stopWaiting':
        return this.#timers.wait?.cancel()
      case 'forgetSession':
        this.#protocol.forget?.()
        return this.#outbox.newEpoch()
      case 'probe':
        return this.#writer?.liveness?.probe(WAKE_PROBE_MS)
      case 'hidden':
        this.#hidden = effect.hidden
        return this.#writer?.liveness?.hidden(effect.hidden)
      case 'report':
        if (effect.what === 'stale') this.#counts.staleEvents += 1
        return this.#problem(`${effect.what}: ${effect.detail}`)
    }
  }

  #drop(effect: Extract<Effect, { do: 'drop' }>): void {
    const dial = this.#dials.get(effect.generation)
    if (dial === undefined) return
    const { code = 1000, reason = '' } = this.#closing
    const cause: Cause = { kind: 'local', reason: effect.why }
    if (effect.why !== 'goaway') this.#lastCause = cause
    this.#forget(dial, cause)
    if (effect.why === 'close') dial.drop(code, reason)
    else dial.drop(RESUMABLE_CLOSE, effect.why)
  }

  /** A dial is over: settle what hung on it, before the status speaks of it. */
  #forget(dial: Dial<In, Out, WireIn, WireOut, Ready>, cause: Cause): void {
    this.#dials.delete(dial.generation)
    if (dial !== this.#writer) return
    this.#writer = undefined
    this.#timers.stable?.cancel()
    this.#timers.rotate?.cancel()
    this.#outbox.dropped()
    this.#emitter.emit('dropped', { cause })
  }

  #changed(status: Status, previous: Status): void {
    const cause = this.#lastCause
    if (status.state !== previous.state) this.#recorder.add({ status })
    if (status.state === 'draining') this.#drain(status.reason)
    if (status.state === 'closed') this.#end(finalError(status))
    this.#notice(status)
    try {
      this.#options.onStatus?.(status, previous)
    } catch (error) {
      this.#problem('onStatus threw', error)
    }
    this.#emitter.emit('status', { status, previous, cause })
  }

  /** Before a close the queue gets its time, and a probe makes that short; before a successor it waits for it. */
  #drain(reason: 'goaway' | 'rotate' | 'close'): void {
    if (reason === 'close') this.#writer?.liveness?.nudge()
    else this.#outbox.pause()
  }

  /** `lost` and `restored`, without flicker. */
  #notice(status: Status): void {
    const { clock, noticeAfterMs } = this.#resolved
    const { notice } = this.#timers
    const usable = status.state === 'open' || status.state === 'draining'
    if (!usable && status.state !== 'closed' && status.state !== 'idle') {
      if (notice !== undefined) return
      const since = clock.now()
      this.#timers.notice = clock.after(noticeAfterMs, () => {
        this.#lostAt = since
        this.#emitter.emit('lost', { cause: this.#lastCause })
      })
      return
    }
    notice?.cancel()
    this.#timers.notice = undefined
    if (this.#lostAt !== undefined && usable) this.#emitter.emit('restored', { afterMs: clock.now() - this.#lostAt })
    this.#lostAt = undefined
  }

  #end(error: HoldfastError | undefined): void {
    for (const timer of Object.values(this.#timers)) timer?.cancel()
    this.#timers = {}
    this.#detach?.()
    this.#detach = undefined
    this.#outbox.end('delivery/not_sent', error)
    for (const reader of [...this.#readers]) reader.end(error)
    this.#readers.clear()
  }

  // ---- dialing ----------------------------------------------------------------------------------

  #dial(generation: number, attempt: number, reason: DialReason): void {
    this.#counts.dials += 1
    const dial = new Dial(generation, attempt, this.#dialHost(attempt, reason))
    this.#dials.set(generation, dial)
    void dial.run()
  }

  #dialHost(attempt: number, reason: DialReason): DialHost<In, Out, WireIn, WireOut, Ready> {
    const { transport } = this.#options
    return {
      clock: this.#resolved.clock,
      transport,
      protocol: this.#protocol,
      deadlines: this.#resolved.deadlines,
      prepare: (signal) => this.#prepare(attempt, reason, signal),
      dialing: ({ generation }) => this.#apply({ type: 'dialing', generation, transport: transport.name }),
      handshaking: ({ generation }, name) => this.#apply({ type: 'handshaking', generation, step: name }),
      accepted: (dial, ready) => this.#accepted(dial, ready),
      message: (dial, message, frame) => this.#message(dial, message, frame),
      invalid: (issue) => {
        this.#counts.invalidFrames += 1
        this.#recorder.add({ note: `invalid frame: ${issue}` })
        this.#emitter.emit('invalid', { issue })
      },
      failed: (dial, cause) => this.#failed(dial, cause),
    }
  }

  #prepare(attempt: number, reason: DialReason, signal: AbortSignal): Promise<Prepared<Out>> {
    const previousError =
      this.#lastCause !== undefined && 'error' in this.#lastCause ? this.#lastCause.error : undefined
    return prepareAttempt(this.#options, { attempt, reason, previousError, signal })
  }

  /** Commit the session, release what came early, tell the status, flush: in this order. */
  #accepted(dial: Dial<In, Out, WireIn, WireOut, Ready>, ready: Ready | undefined): void {
    const { generation } = dial
    const resumed = ready?.resumed === true
    this.#apply(
      { type: 'accepted', generation, resumed, epoch: ready?.epoch },
      () => this.#commit(dial, ready),
      () => {
        if (this.#writer !== dial) return
        this.#outbox.opened(this.#confirms, { continued: resumed, received: ready?.received })
      },
    )
  }

  #commit(dial: Dial<In, Out, WireIn, WireOut, Ready>, ready: Ready | undefined): void {
    const { clock, stableAfterMs } = this.#resolved
    const { generation } = dial
    this.#counts.opens += 1
    this.#ready = ready
    this.#writer = dial
    this.#confirmed = false
    this.#longEnough = false
    this.#timers.stable = clock.after(stableAfterMs, () => {
      this.#longEnough = true
      this.#settleDown(generation)
    })
    this.#watch(dial)
    const acks = this.#protocol.delivery !== undefined && ready?.acks !== false
    this.#confirms = acks ? 'ack' : dial.liveness?.proves === true ? 'probe' : 'none'
    this.#rotateBefore(dial.credentials?.expiresAt)
    if (this.#pausers > 0) dial.channel?.pause()
    if (ready?.gap !== undefined) this.#gap(ready.gap)
    dial.release()
  }

  #settleDown(generation: number): void {
    if (this.#confirmed && this.#longEnough) this.#apply({ type: 'stable', generation })
  }

  #confirm(generation: number): void {
    if (this.#confirmed) return
    this.#confirmed = true
    this.#settleDown(generation)
  }

  #failed(dial: Dial<In, Out, WireIn, WireOut, Ready>, cause: Cause): void {
    const wasOpen = dial.accepted
    this.#lastCause = cause
    this.#recorder.add({ cause })
    this.#resolved.logger.info('connection ended', { cause: cause.kind, attempt: dial.attempt })
    this.#forget(dial, cause)
    const verdict = this.#judge(cause, wasOpen)
    this.#apply({ type: 'failed', generation: dial.generation, cause, verdict })
  }

  #judge(cause: Cause, wasOpen: boolean): Verdict {
    const context = { failures: this.#machine.failures, wasOpen }
    try {
      const verdict = this.#protocol.judge?.(cause, context) ?? defaultJudge(cause, context)
      const suspicious = verdict.act === 'retry' && verdict.budget === 'protocol' && wasOpen
      return suspicious && this.#outbox.strike() ? { act: 'retry' } : verdict
    } catch (error) {
      this.#problem('judge threw', error)
      return { act: 'retry' }
    }
  }

  #watch(dial: Dial<In, Out, WireIn, WireOut, Ready>): void {
    const { liveness } = this.#protocol
    const { channel, generation } = dial
    if (liveness === undefined || channel === undefined) return
    const host: LivenessHost<Out> = {
      clock: this.#resolved.clock,
      traits: channel.traits,
      send: (message) => dial.write(message),
      ping: () => channel.ping(),
      probing: () => this.#outbox.mark(),
      proven: (ms, mark) => {
        this.#rtts.add(ms)
        this.#emitter.emit('rtt', { ms })
        if (dial === this.#writer) this.#outbox.proven(mark)
        this.#confirm(generation)
      },
      health: (health) => this.#apply({ type: 'health', generation, health }),
      dead: (rule) => dial.fail({ kind: 'liveness', rule }),
    }
    dial.liveness = liveness(host)
    if (this.#hidden) dial.liveness.hidden(true)
  }

  /** Credentials are renewed before they expire: in band where the protocol can, else by a new connection. */
  #rotateBefore(expiresAt: number | undefined): void {
    const { clock, random } = this.#resolved
    this.#timers.rotate?.cancel()
    if (expiresAt === undefined) return
    this.#timers.rotate = clock.after(rotationDelay(expiresAt, clock.epoch(), random), () => void this.#rotate())
  }

  async #rotate(): Promise<void> {
    const dial = this.#writer
    if (dial === undefined) return
    const { generation, attempt } = dial
    const { protocol } = { protocol: this.#protocol }
    if (protocol.renew === undefined) return this.#apply({ type: 'leave', generation, reason: 'rotate', spreadMs: 0 })
    try {
      const { credentials } = await this.#prepare(attempt, 'rotate', new AbortController().signal)
      if (credentials === undefined || this.#writer !== dial) return
      protocol.renew(credentials, this.#port(dial))
      this.#rotateBefore(credentials.expiresAt)
    } catch (error) {
      this.#problem('renewing credentials failed', error)
      this.#apply({ type: 'leave', generation, reason: 'rotate', spreadMs: 0 })
    }
  }

  // ---- messages ---------------------------------------------------------------------------------

  #message(dial: Dial<In, Out, WireIn, WireOut, Ready>, message: In, frame: WireIn): void {
    if (dial.liveness?.answers(message) === true) return
    if (!this.#confirmed) this.#confirm(dial.generation)
    const { receive } = this.#protocol
    try {
      if (receive?.call(this.#protocol, message, this.#port(dial)) === true) return
      for (const tap of this.#taps) if (tap(message)) return
    } catch (error) {
      this.#problem('handling a message threw', error)
    }
    try {
      this.#options.onMessage?.(message)
    } catch (error) {
      this.#problem('onMessage threw', error)
    }
    if (this.#readers.size === 0) return
    const bytes = typeof frame === 'string' || frame instanceof Uint8Array ? frame.length : 0
    for (const reader of this.#readers) reader.push(message, bytes)
  }

  #port(dial: Dial<In, Out, WireIn, WireOut, Ready>): Port<Out> {
    dial.port ??= {
      send: (message) => {
        if (this.#dials.get(dial.generation) === dial) dial.write(message)
      },
      acked: (ack) => ('ids' in ack ? this.#outbox.ackedIds(ack.ids) : this.#outbox.ackedThrough(ack.through)),
      gap: (gap) => this.#gap(gap),
      goaway: (spreadMs = 0) => this.#apply({ type: 'leave', generation: dial.generation, reason: 'goaway', spreadMs }),
      retryBase: (ms) => this.#apply({ type: 'retryBase', ms }),
      fail: (error) => dial.fail({ kind: 'protocol', error }),
      report: (issue) => this.#emitter.emit('invalid', { issue }),
    }
    return dial.port
  }

  #gap(gap: Gap): void {
    this.#counts.gaps += 1
    this.#emitter.emit('gap', gap)
    for (const reader of this.#readers) reader.gap(gap)
  }

  #newOutbox(): Outbox<Out> {
    const { clock, outbox } = this.#resolved
    return new Outbox<Out>(
      {
        now: () => clock.now(),
        after: (ms, run) => clock.after(ms, run),
        newId: () => {
          this.#counter += 1
          return `${this.#instance}.${this.#counter}`
        },
        encode: (message, mark) => this.#encode(message, mark),
        write: (wire) => {
          const { channel, liveness } = this.#writer ?? {}
          if (channel === undefined) return
          liveness?.wrote()
          writeFrames(channel, wire as WireOut)
        },
        bufferedBytes: () => this.#writer?.channel?.bufferedBytes ?? 0,
        drained: () => this.#writer?.channel?.drained() ?? Promise.resolve(),
        report: (report) => {
          if (report.kind === 'inDoubt') this.#counts.inDoubt += report.count
          this.#recorder.add({ note: `${report.count} messages ${report.kind}` })
          this.#emitter.emit('delivery', report)
        },
        wanted: () => {
          if (this.#confirms === 'probe') this.#writer?.liveness?.nudge()
        },
        empty: () => {
          if (this.state === 'draining') this.#apply({ type: 'flushed' })
        },
      },
      outbox,
      this.#protocol.delivery?.byDefault ?? 'once',
    )
  }

  #encode(message: Out, mark: { id: string; seq: number | undefined }): { wire: unknown; bytes: number } {
    const { codec, delivery } = this.#protocol
    const wire = codec.encode(delivery === undefined ? message : delivery.stamp(message, mark))
    if (typeof wire === 'string' || wire instanceof Uint8Array) return { wire, bytes: wire.length }
    let bytes = 0
    const frames = [...(wire as Iterable<WireOut>)]
    for (const frame of frames) if (typeof frame === 'string' || frame instanceof Uint8Array) bytes += frame.length
    return { wire: frames, bytes }
  }

  // ---- odds and ends ----------------------------------------------------------------------------

  #attach(): void {
    const { signals, signal } = this.#options
    this.#closing = {}
    this.#outbox.begin()
    if (this.#detach !== undefined) return
    const leave = signals?.subscribe((name) => this.#apply({ type: 'signal', signal: name }))
    if (signals?.online === false) this.#apply({ type: 'signal', signal: 'offline' })
    this.#hidden = signals?.visible === false
    const abort = (): void => void this.close({ flushMs: 0 })
    signal?.addEventListener('abort', abort)
    this.#detach = () => {
      leave?.()
      signal?.removeEventListener('abort', abort)
    }
    if (signal?.aborted === true) abort()
  }

  #opened(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = deferred<void>()
    const look = (): void => {
      const { status } = this
      if (status.state === 'open') resolve()
      else if (status.state === 'closed')
        reject(finalError(status) ?? coreError('connection/closed', 'The connection was closed.'))
      else if (signal?.aborted === true) reject(signal.reason)
      else return
      off()
      signal?.removeEventListener('abort', look)
    }
    const off = this.on('status', look)
    signal?.addEventListener('abort', look)
    look()
    return promise
  }

  #problem(what: string, error?: unknown): void {
    this.#recorder.add({ note: what })
    this.#resolved.logger.warn(what)
    this.#emitter.emit('problem', { what, error })
  }
}

interface Turn {
  readonly event: MachineEvent
  /** Runs when the event changed the status, before anybody is told. */
  readonly commit: (() => void) | undefined
  /** Runs after everybody was told. */
  readonly after: (() => void) | undefined
}

/** Why it is over; undefined when the user ended it. */
function finalError(status: Status): HoldfastError | undefined {
  return status.state === 'closed' && status.outcome.reason !== 'user' ? status.outcome.error : undefined
}
