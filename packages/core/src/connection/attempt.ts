import {
  type Channel,
  type ChannelEnd,
  type ChannelSink,
  type ChannelTraits,
  type Clock,
  type DeadRule,
  type Decoded,
  type FrameReader,
  HoldfastError,
  type LivenessHost,
  type LivenessWatch,
  type MessageTaker,
  type Opening,
  type Timer,
} from '@holdfast/contract'
import type { Cause, Credentials, HandshakeLink, Phase, ProtocolContext } from '../client-protocol.ts'
import type { DialReason } from '../support/attempt-context.ts'
import type { RttSamples } from '../support/rtt-samples.ts'
import type { AttemptHost } from './attempt-host.ts'
import { AttemptProtocolContext } from './attempt-protocol-context.ts'
import { causeOf, causeOfEnd, causeOfLateness, errorOf } from './cause-of.ts'
import { EarlyMessages } from './early-messages.ts'
import { decodeFrame, writeFrames } from './frames.ts'
import type { Machine } from './machine/state.ts'
import { prepareFor } from './preparations.ts'

/** The host of an attempt of these types. */
export type Host<In, Out, WireIn, WireOut, Ready extends object | undefined> = AttemptHost<
  In,
  Out,
  WireIn,
  WireOut,
  Ready,
  Attempt<In, Out, WireIn, WireOut, Ready>
>

/** Those who hold a channel back: a handshake that reads nothing, and readers of the app that are full. */
const HANDSHAKE = 1
const READERS = 2

/**
 * One attempt: target, channel, handshake and liveness live and die together. After `drop()` it says nothing.
 * It is the sink of its channel, the taker of its messages, the host of its liveness rule, and the link of a handshake.
 */
export class Attempt<In, Out, WireIn, WireOut, Ready extends object | undefined>
  implements ChannelSink<WireIn>, MessageTaker<In>, LivenessHost<Out>, HandshakeLink<In, Out>
{
  readonly generation: number
  readonly attempt: number
  readonly reason: DialReason
  channel: Channel<WireIn, WireOut> | undefined
  credentials: Credentials<Out> | undefined
  liveness: LivenessWatch<In> | undefined
  /** Past its handshake: messages go to the app. */
  isAccepted = false
  /** Nothing of the peer's has come, or the link is in doubt: the next thing that comes shows that it works. */
  awaitsSign = true
  /** When it dialed: by the wall clock, which runs on while a machine sleeps. */
  dialedAt = 0
  /** Runs while it is not open for long. */
  stableTimer: Timer | undefined
  /** Where frames carry several messages. */
  readonly #reader: FrameReader<WireIn> | undefined
  readonly #host: Host<In, Out, WireIn, WireOut, Ready>
  #abort: AbortController | undefined
  /** What comes during the handshake. */
  #early: EarlyMessages<In> | undefined
  /** Who holds the channel back. */
  #pausedBy = 0
  #deadline: Timer | undefined
  #context: ProtocolContext<Out> | undefined
  #over = false
  #hasReceived = false
  /** How a handshake that refused wants the peer notified. */
  #closeFrame: { readonly code: number; readonly reason: string } | undefined

  constructor(host: Host<In, Out, WireIn, WireOut, Ready>, { generation, attempt, reason }: Machine) {
    this.#host = host
    this.#reader = host.protocol.codec.reader?.(this)
    this.generation = generation
    this.attempt = attempt
    this.reason = reason
  }

  /** From nothing to a usable channel, or to one `failed`. Never rejects. */
  async run(): Promise<void> {
    const { transport } = this.#host.options
    const { prepareMs, dialMs, handshakeMs } = this.#host.options.deadlines
    const { signal } = this
    let phase: Phase = 'prepare'
    try {
      this.#limit(phase, prepareMs)
      const { target, credentials } = await prepareFor(this.#host, this)
      if (this.#over) return
      this.credentials = credentials
      phase = 'dial'
      this.dialedAt = this.clock.epoch()
      this.#host.apply({ type: 'dialing', generation: this.generation, transport: transport.name })
      if (this.#over) return
      this.#limit(phase, dialMs * Math.min(2, 1 + (this.attempt - 1) / 4))
      const channel = await transport.open(target, { signal })
      if (this.#over) return channel.terminate()
      this.channel = channel
      phase = 'handshake'
      this.#limit(phase, handshakeMs)
      const ready = await this.#shake(channel)
      if (!this.#over) this.#accept(ready)
    } catch (error) {
      this.giveUp(causeOf(phase, error))
    }
  }

  /** Ends the attempt and says why. Later calls do nothing. */
  giveUp(cause: Cause): void {
    if (this.#over) return
    this.drop(this.#closeFrame?.code, this.#closeFrame?.reason)
    this.#host.failed(this, cause)
  }

  /** Ends the attempt. After it nothing is reported and nothing is left. With a code the peer is asked politely. */
  drop(code?: number, reason?: string): void {
    if (this.#over) return
    this.#over = true
    this.#deadline?.cancel()
    this.liveness?.stop()
    const { channel } = this
    if (channel !== undefined) {
      if (code === undefined) channel.terminate()
      else channel.close(code, reason)
    }
    const gone = new HoldfastError('connection/dial_dropped', 'The attempt was given up.')
    this.#abort?.abort(gone)
    this.#early?.giveUp(gone)
  }

  /** What a protocol may do while it is open. Made where one does. */
  get context(): ProtocolContext<Out> {
    this.#context ??= new AttemptProtocolContext<Out, this>(this.#host, this)
    return this.#context
  }

  // ---- handshake --------------------------------------------------------------------------------

  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    return this.#abort.signal
  }

  get previousError(): unknown {
    return errorOf(this.#host.lastCause)
  }

  get traits(): ChannelTraits {
    return (this.channel ?? this.#host.options.transport).traits
  }

  get opening(): Opening {
    return this.channel?.opening ?? { protocol: '' }
  }

  async #shake(channel: Channel<WireIn, WireOut>): Promise<Ready | undefined> {
    const { protocol } = this.#host
    if (protocol.handshake !== undefined) {
      this.step('auth')
      if (this.#over) return undefined
      channel.start(this)
      return protocol.handshake(this)
    }
    const first = this.credentials?.firstFrame
    if (first !== undefined) this.send(first)
    return undefined
  }

  step(name: string): void {
    if (this.#over || this.isAccepted) return
    this.#host.apply({ type: 'handshaking', generation: this.generation, step: name })
  }

  next<Found extends In>(matches: (message: In) => message is Found, awaited?: string): Promise<Found>
  next(matches?: (message: In) => boolean, awaited?: string): Promise<In>
  next(matches?: (message: In) => boolean, awaited?: string): Promise<In> {
    return this.#read(matches, awaited, false)
  }

  #read(matches: ((message: In) => boolean) | undefined, awaited: string | undefined, stays: boolean): Promise<In> {
    this.#early ??= new EarlyMessages()
    const next = this.#early.next(matches, stays, awaited)
    if (this.#over) this.#early.giveUp(this.#abort?.signal.reason)
    this.#choke()
    return next
  }

  peek(): Promise<In> {
    return this.#read(undefined, undefined, true)
  }

  refuse(code: number, reason: string = ''): void {
    this.#closeFrame = { code, reason }
  }

  #accept(ready: Ready | undefined): void {
    this.#deadline?.cancel()
    this.#deadline = undefined
    this.#abort = undefined
    this.#closeFrame = undefined
    this.#host.accepted(this, ready)
    if (!this.#over && this.#host.protocol.handshake === undefined) this.channel?.start(this)
  }

  /** Opens the way to the app: first what came during the handshake. */
  release(): void {
    this.isAccepted = true
    const early = this.#early
    this.#early = undefined
    for (const { message, bytes } of early?.all() ?? []) {
      if (this.#over) return
      this.#host.inbound.message(this, message, bytes)
    }
    this.#choke()
  }

  /** The app's readers are full, or read on. */
  setPaused(isPaused: boolean): void {
    this.#pauseBy(READERS, isPaused)
  }

  #choke(): void {
    this.#pauseBy(HANDSHAKE, this.#early?.isFull === true)
  }

  /** The one place that pauses the channel and lets it go on. */
  #pauseBy(who: number, isPaused: boolean): void {
    const before = this.#pausedBy
    this.#pausedBy = isPaused ? before | who : before & ~who
    if (this.#over || (before === 0) === (this.#pausedBy === 0)) return
    if (before === 0) return this.channel?.pause()
    this.#reader?.readOn()
    if (this.#pausedBy === 0) this.channel?.resume()
  }

  #limit(phase: Phase, ms: number): void {
    this.#deadline?.cancel()
    const { usually } = this.#host.options.transport
    this.#deadline = this.clock.after(ms, () => this.giveUp(causeOfLateness(phase, usually, this.#early?.awaited)))
  }

  // ---- events of the channel --------------------------------------------------------------------

  frame(frame: WireIn): void {
    if (this.#over) return
    if (!this.#hasReceived) this.#noteReceived()
    if (this.#reader === undefined) decodeFrame(this.#host.protocol.codec, frame, this)
    else this.#reader.frame(frame)
  }

  threw(error: unknown): void {
    const issue = 'the codec threw'
    this.#host.notifier.problem(issue, error)
    this.#host.notifier.invalid(issue)
  }

  /** Nothing is read: a handshake, or the app's readers, are full. */
  get isPaused(): boolean {
    return this.#over || this.#pausedBy > 0
  }

  decoded(decoded: Decoded<In>, bytes: number): void {
    if (this.#over) return
    const { inbound, notifier } = this.#host
    if (!decoded.ok) notifier.invalid(decoded.issue)
    else if (inbound.isPing(this, decoded.message)) return
    else if (this.isAccepted) inbound.message(this, decoded.message, bytes)
    else this.#keepEarly(decoded.message, bytes)
  }

  #keepEarly(message: In, bytes: number): void {
    this.#early ??= new EarlyMessages()
    this.#early.push(message, bytes)
    this.#choke()
  }

  /** Frames that come in one go came at one time: the clock is asked once. */
  #noteReceived(): void {
    this.#hasReceived = true
    this.liveness?.received()
    queueMicrotask(() => {
      this.#hasReceived = false
    })
  }

  pong(): void {
    this.liveness?.pong()
  }

  cursor(id: string): void {
    if (!this.#over) this.#host.protocol.cursor?.(id)
  }

  closed(end: ChannelEnd): void {
    this.#reader?.readOn(true)
    if (end.retryMs !== undefined) this.#host.apply({ type: 'retryBase', ms: end.retryMs })
    this.giveUp(causeOfEnd(end, this.isAccepted))
  }

  // ---- what the liveness rule and the protocol may do -------------------------------------------

  get clock(): Clock {
    return this.#host.clock
  }

  send(message: Out): void {
    if (this.#over || this.channel === undefined) return
    writeFrames(this.channel, this.#host.protocol.codec.encode(message))
  }

  ping(): void {
    this.channel?.ping()
  }

  get rtts(): RttSamples {
    return this.#host.rtts
  }

  probing(): number {
    return this.#host.outbox.probeMark()
  }

  confirmedUpTo(ms: number, mark: number): void {
    this.#host.confirmedUpTo(this, ms, mark)
  }

  health(health: 'live' | 'suspect'): void {
    this.#host.apply({ type: 'health', generation: this.generation, health })
  }

  doubtful(): void {
    this.#host.doubtful(this)
  }

  dead(rule: DeadRule): void {
    this.giveUp({ kind: 'liveness', rule })
  }
}
