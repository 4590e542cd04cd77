import {
  type Channel,
  type ChannelEnd,
  type ChannelSink,
  type ChannelTraits,
  type Clock,
  type Decoded,
  HoldfastError,
  type Opening,
  type Timer,
} from '@holdfast/contract'
import type { Cause, Credentials, Gap, HandshakeLink, HandshakeResult, Phase, Port } from '../client-protocol.ts'
import type { DeadRule, LivenessHost, LivenessWatch } from '../liveness/liveness.ts'
import { type Deferred, deferred } from '../support/deferred.ts'
import type { RttSamples } from '../support/rtt-samples.ts'
import type { AttemptHost } from './attempt-host.ts'
import { causeOf } from './cause-of.ts'
import { writeFrames } from './frames.ts'
import type { DialReason, Machine } from './machine/state.ts'

/** Messages held for a handshake that does not read them; beyond it the channel is paused. */
const HELD_MESSAGES = 256

type Host<In, Out, WireIn, WireOut, Ready extends HandshakeResult | undefined> = AttemptHost<
  In,
  Out,
  WireIn,
  WireOut,
  Ready,
  Attempt<In, Out, WireIn, WireOut, Ready>
>

/**
 * One attempt: target, channel, handshake and liveness live and die together. After `drop()` it says nothing.
 * It is the sink of its channel, the host of its liveness rule, and what a protocol may touch of it.
 */
export class Attempt<In, Out, WireIn, WireOut, Ready extends HandshakeResult | undefined>
  implements ChannelSink<WireIn>, LivenessHost<Out>, Port<Out>, HandshakeLink<In, Out>
{
  readonly generation: number
  readonly attempt: number
  channel: Channel<WireIn, WireOut> | undefined
  credentials: Credentials<Out> | undefined
  liveness: LivenessWatch<In> | undefined
  /** Past its handshake: messages go to the app. */
  accepted = false
  readonly #host: Host<In, Out, WireIn, WireOut, Ready>
  readonly #reason: DialReason
  #abort: AbortController | undefined
  #held: { readonly message: In; readonly frame: WireIn | undefined }[] | undefined
  #waiting: Deferred<In> | undefined
  #deadline: Timer | undefined
  #over = false
  #wasHeard = false
  /** How a handshake that refused wants the peer told. */
  #farewell: { readonly code: number; readonly reason: string } | undefined

  constructor(host: Host<In, Out, WireIn, WireOut, Ready>, { generation, attempt, reason }: Machine) {
    this.#host = host
    this.generation = generation
    this.attempt = attempt
    this.#reason = reason
  }

  /** From nothing to a usable channel, or to one `failed`. Never rejects. */
  async run(): Promise<void> {
    const { transport } = this.#host.options
    const { prepareMs, dialMs, handshakeMs } = this.#host.options.deadlines
    const abort = new AbortController()
    this.#abort = abort
    const { signal } = abort
    let phase: Phase = 'prepare'
    try {
      this.#limit(phase, prepareMs)
      const { target, credentials } = await this.#host.prepare(this.attempt, this.#reason, signal)
      if (this.#over) return
      this.credentials = credentials
      phase = 'dial'
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
    this.drop(this.#farewell?.code, this.#farewell?.reason)
    this.#host.failed(this, cause)
  }

  /** Ends the attempt. After it nothing is reported and nothing is left. With a code the peer is asked politely. */
  drop(code?: number, reason?: string): void {
    if (this.#over) return
    this.#over = true
    this.#deadline?.cancel()
    this.liveness?.stop()
    this.#held = undefined
    const { channel } = this
    if (channel !== undefined) {
      if (code === undefined) channel.terminate()
      else channel.close(code, reason)
    }
    const gone = new HoldfastError('connection/dial_dropped', 'The attempt was given up.')
    this.#abort?.abort(gone)
    this.#waiting?.reject(gone)
  }

  // ---- handshake --------------------------------------------------------------------------------

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

  step(name: 'auth' | 'resume' | 'hydrate'): void {
    if (this.#over || this.accepted) return
    this.#host.apply({ type: 'handshaking', generation: this.generation, step: name })
  }

  next(): Promise<In> {
    const first = this.#held?.shift()
    if (first !== undefined) return Promise.resolve(first.message)
    this.#waiting = deferred<In>()
    if (this.#over) this.#waiting.reject(this.#abort?.signal.reason)
    return this.#waiting.promise
  }

  refuse(code: number, reason: string = ''): void {
    this.#farewell = { code, reason }
  }

  unread(message: In): void {
    this.#held = [{ message, frame: undefined }, ...(this.#held ?? [])]
  }

  #accept(ready: Ready | undefined): void {
    this.#deadline?.cancel()
    this.#deadline = undefined
    this.#waiting = undefined
    this.#abort = undefined
    this.#farewell = undefined
    this.#host.accepted(this, ready)
    if (!this.#over && this.#host.protocol.handshake === undefined) this.channel?.start(this)
  }

  /** Opens the way to the app: first what came during the handshake. */
  release(): void {
    this.accepted = true
    const held = this.#held ?? []
    this.#held = undefined
    for (const { message, frame } of held) {
      if (this.#over) return
      this.#host.message(this, message, frame)
    }
    if (!this.#over && held.length >= HELD_MESSAGES && !this.#host.isPaused) this.channel?.resume()
  }

  #limit(phase: Phase, ms: number): void {
    this.#deadline?.cancel()
    this.#deadline = this.#host.clock.after(ms, () => this.giveUp({ kind: 'deadline', phase }))
  }

  // ---- what the channel tells -------------------------------------------------------------------

  frame(frame: WireIn): void {
    if (this.#over) return
    this.#heard()
    const decoded = this.#decode(frame)
    if (!decoded.ok) return this.#host.invalid(decoded.issue)
    if (this.accepted) return this.#host.message(this, decoded.message, frame)
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting !== undefined) return waiting.resolve(decoded.message)
    this.#held ??= []
    this.#held.push({ message: decoded.message, frame })
    if (this.#held.length === HELD_MESSAGES) this.channel?.pause()
  }

  /** Frames that come in one go came at one time: the clock is asked once. */
  #heard(): void {
    if (this.#wasHeard) return
    this.#wasHeard = true
    this.liveness?.received()
    queueMicrotask(() => {
      this.#wasHeard = false
    })
  }

  #decode(frame: WireIn): Decoded<In> {
    try {
      return this.#host.protocol.codec.decode(frame)
    } catch (error) {
      this.#host.problem('the codec threw', error)
      return { ok: false, issue: 'the codec threw', raw: undefined }
    }
  }

  pong(): void {
    this.liveness?.pong()
  }

  cursor(id: string): void {
    if (!this.#over) this.#host.protocol.cursor?.(id)
  }

  closed({ code, reason, clean, cause, retryMs, resumable }: ChannelEnd): void {
    if (retryMs !== undefined) this.retryBase(retryMs)
    this.giveUp({
      kind: 'close',
      phase: this.accepted ? 'open' : 'handshake',
      code,
      reason,
      clean,
      error: cause,
      retryMs,
      resumable,
    })
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
    return this.#host.outbox.mark()
  }

  proven(ms: number, mark: number): void {
    this.#host.proven(this, ms, mark)
  }

  health(health: 'live' | 'suspect'): void {
    this.#host.apply({ type: 'health', generation: this.generation, health })
  }

  doubtful(): void {}

  dead(rule: DeadRule): void {
    this.giveUp({ kind: 'liveness', rule })
  }

  acked(ack: { readonly ids: Iterable<string> } | { readonly through: number }): void {
    const { outbox } = this.#host
    if ('ids' in ack) outbox.ackedIds(ack.ids)
    else outbox.ackedThrough(ack.through)
  }

  refused(ids: Iterable<string>, error: HoldfastError): void {
    this.#host.outbox.ackedIds(ids, error)
  }

  gap(gap: Gap): void {
    this.#host.gap(gap)
  }

  goaway(spreadMs: number = 0): void {
    this.#host.apply({ type: 'leave', generation: this.generation, reason: 'goaway', spreadMs })
  }

  renew(): void {
    this.#host.renew(this)
  }

  retryBase(ms: number): void {
    this.#host.apply({ type: 'retryBase', ms })
  }

  fail(error: unknown): void {
    this.giveUp({ kind: 'protocol', error })
  }

  report(issue: string): void {
    this.#host.invalid(issue)
  }
}
