import type { Channel, ChannelEnd, Clock, Target, Timer, Transport } from '@holdfast/contract'
import { HoldfastError, OpenError } from '@holdfast/contract'
import type {
  Cause,
  ClientProtocol,
  Credentials,
  HandshakeLink,
  HandshakeResult,
  Phase,
  Port,
} from '../client-protocol.ts'
import type { LivenessWatch } from '../liveness/liveness.ts'
import { type Deferred, deferred } from '../support/deferred.ts'

/** Time limits of one attempt, in milliseconds. */
export interface Deadlines {
  /** Target and credentials functions. @defaultValue 10000 */
  readonly prepareMs: number
  /** Until the transport is open; grows with the attempts up to twice this. @defaultValue 10000 */
  readonly dialMs: number
  /** @defaultValue 10000 */
  readonly handshakeMs: number
}

/** Resolved anew for every attempt. */
export interface Prepared<Out> {
  readonly target: Target
  readonly credentials: Credentials<Out> | undefined
}

/** Who a dial reports to. Nothing is reported after `drop()`. */
export interface DialHost<In, Out, WireIn, WireOut, Ready> {
  readonly clock: Clock
  readonly transport: Transport<WireIn, WireOut>
  readonly protocol: ClientProtocol<In, Out, WireIn, WireOut, Ready & (HandshakeResult | undefined)>
  readonly deadlines: Deadlines
  prepare(signal: AbortSignal): Promise<Prepared<Out>>
  dialing(dial: Dial<In, Out, WireIn, WireOut, Ready>): void
  handshaking(dial: Dial<In, Out, WireIn, WireOut, Ready>, step: 'auth' | 'resume' | 'hydrate'): void
  accepted(dial: Dial<In, Out, WireIn, WireOut, Ready>, ready: Ready | undefined): void
  message(dial: Dial<In, Out, WireIn, WireOut, Ready>, message: In, frame: WireIn): void
  invalid(issue: string): void
  failed(dial: Dial<In, Out, WireIn, WireOut, Ready>, cause: Cause): void
}

/** Messages held for a handshake that does not read them; beyond it the channel is paused. */
const HELD_MESSAGES = 256

/** One attempt: target, channel, handshake and liveness live and die together. */
export class Dial<In, Out, WireIn, WireOut, Ready> {
  readonly generation: number
  readonly attempt: number
  channel: Channel<WireIn, WireOut> | undefined
  credentials: Credentials<Out> | undefined
  liveness: LivenessWatch<In> | undefined
  /** What the protocol may do on this connection; made on first use. */
  port: Port<Out> | undefined
  /** Past its handshake: messages go to the app. */
  accepted = false
  readonly #host: DialHost<In, Out, WireIn, WireOut, Ready>
  readonly #abort: AbortController = new AbortController()
  #held: { message: In; frame: WireIn }[] = []
  #waiting: Deferred<In> | undefined
  #deadline: Timer | undefined
  #over = false
  /** How the peer is told of a failed handshake. */
  #farewell: { readonly code: number; readonly reason: string } | undefined

  constructor(generation: number, attempt: number, host: DialHost<In, Out, WireIn, WireOut, Ready>) {
    this.generation = generation
    this.attempt = attempt
    this.#host = host
  }

  /** From nothing to a usable channel, or to one `failed`. Never rejects. */
  async run(): Promise<void> {
    const { host, phase } = { host: this.#host, phase: { now: 'prepare' as Phase } }
    try {
      this.#limit('prepare', host.deadlines.prepareMs)
      const prepared = await host.prepare(this.#abort.signal)
      if (this.#over) return
      this.credentials = prepared.credentials
      phase.now = 'dial'
      host.dialing(this)
      if (this.#over) return
      this.#limit('dial', host.deadlines.dialMs * Math.min(2, 1 + (this.attempt - 1) / 4))
      const channel = await host.transport.open(prepared.target, { signal: this.#abort.signal })
      if (this.#over) return channel.terminate()
      this.channel = channel
      phase.now = 'handshake'
      const ready = await this.#shake(channel)
      if (!this.#over) this.#accept(ready)
    } catch (error) {
      this.fail(causeOf(phase.now, error))
    }
  }

  /** Ends the attempt and says why. Later calls do nothing. */
  fail(cause: Cause): void {
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
    this.#held = []
    const { channel } = this
    if (channel !== undefined) {
      if (code === undefined) channel.terminate()
      else channel.close(code, reason)
    }
    const gone = new HoldfastError('connection/dial_dropped', 'The attempt was given up.')
    this.#abort.abort(gone)
    this.#waiting?.reject(gone)
  }

  // ---- handshake --------------------------------------------------------------------------------

  async #shake(channel: Channel<WireIn, WireOut>): Promise<Ready | undefined> {
    const { protocol, deadlines } = this.#host
    const { handshake } = protocol
    if (handshake === undefined) {
      const first = this.credentials?.firstFrame
      if (first !== undefined) this.write(first)
      return undefined
    }
    this.#limit('handshake', deadlines.handshakeMs)
    this.#host.handshaking(this, 'auth')
    if (this.#over) return undefined
    channel.start(this.#sink())
    return handshake.call(protocol, this.#link(channel))
  }

  #link(channel: Channel<WireIn, WireOut>): HandshakeLink<In, Out> {
    return {
      traits: channel.traits,
      opening: channel.opening,
      credentials: this.credentials,
      attempt: this.attempt,
      send: (message) => {
        if (!this.#over && !this.accepted) this.write(message)
      },
      next: () => this.#next(),
      unread: (message) => {
        this.#held.unshift({ message, frame: '' as WireIn })
      },
      refuse: (code, reason) => {
        this.#farewell = { code, reason }
      },
      step: (name) => {
        if (!this.#over) this.#host.handshaking(this, name)
      },
    }
  }

  #next(): Promise<In> {
    const first = this.#held.shift()
    if (first !== undefined) return Promise.resolve(first.message)
    if (this.#over) return Promise.reject(this.#abort.signal.reason)
    this.#waiting = deferred<In>()
    return this.#waiting.promise
  }

  #accept(ready: Ready | undefined): void {
    this.#deadline?.cancel()
    this.#farewell = undefined
    this.#waiting = undefined
    this.#host.accepted(this, ready)
    if (this.#over || this.channel === undefined) return
    if (this.#host.protocol.handshake === undefined) this.channel.start(this.#sink())
  }

  /** Opens the way to the app: first what came during the handshake. */
  release(): void {
    this.accepted = true
    const held = this.#held
    this.#held = []
    for (const { message, frame } of held) {
      if (this.#over) return
      this.#host.message(this, message, frame)
    }
    if (!this.#over && held.length >= HELD_MESSAGES) this.channel?.resume()
  }

  // ---- the channel ------------------------------------------------------------------------------

  /** Writes one message, in as many frames as it takes. */
  write(message: Out): void {
    const { channel } = this
    if (channel === undefined) return
    const wire = this.#host.protocol.codec.encode(message)
    writeFrames(channel, wire)
  }

  #sink(): { frame(frame: WireIn): void; pong(): void; closed(end: ChannelEnd): void } {
    return {
      frame: (frame) => this.#frame(frame),
      pong: () => this.liveness?.pong(),
      closed: (end) => this.#closed(end),
    }
  }

  #frame(frame: WireIn): void {
    if (this.#over) return
    this.liveness?.received()
    let decoded: ReturnType<typeof this.decode>
    try {
      decoded = this.decode(frame)
    } catch (error) {
      decoded = { ok: false, issue: `the codec threw: ${String(error)}`, raw: undefined }
    }
    if (!decoded.ok) return this.#host.invalid(decoded.issue)
    if (this.accepted) return this.#host.message(this, decoded.message, frame)
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting !== undefined) return waiting.resolve(decoded.message)
    this.#held.push({ message: decoded.message, frame })
    if (this.#held.length === HELD_MESSAGES) this.channel?.pause()
  }

  decode(frame: WireIn): ReturnType<ClientProtocol<In, Out, WireIn, WireOut>['codec']['decode']> {
    return this.#host.protocol.codec.decode(frame)
  }

  #closed(end: ChannelEnd): void {
    const phase = this.accepted ? 'open' : 'handshake'
    const { code, reason, clean, cause } = end
    this.fail({ kind: 'close', phase, code, reason, clean, error: cause, end })
  }

  #limit(phase: Phase, ms: number): void {
    this.#deadline?.cancel()
    this.#deadline = this.#host.clock.after(ms, () => this.fail({ kind: 'deadline', phase }))
  }
}

/** A codec may give one frame or several. */
export function writeFrames<WireOut>(channel: Channel<unknown, WireOut>, wire: WireOut | Iterable<WireOut>): void {
  if (typeof wire === 'string' || wire instanceof Uint8Array) channel.send(wire as WireOut)
  else for (const frame of wire as Iterable<WireOut>) channel.send(frame)
}

function causeOf(phase: Phase, error: unknown): Cause {
  if (phase === 'prepare') return { kind: 'prepare', error }
  if (phase === 'handshake') return { kind: 'handshake', error }
  if (!(error instanceof OpenError)) return { kind: 'dial', error }
  const { status, retryAfterMs } = error.details
  return { kind: 'dial', error, status, retryAfterMs }
}
