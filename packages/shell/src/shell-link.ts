import {
  type AttemptContext,
  type ConnectOptions,
  type Deferred,
  deferred,
  Emitter,
  HoldfastError,
  randomId,
  type Status,
  type Target,
  type Timer,
} from '@holdfast/core'
import {
  encodeControl,
  encodeOutputAck,
  encodeResize,
  type ShellExit,
  type TerminalSize,
} from '@holdfast/protocol/shell'
import type { ShellFrame, ShellMessage } from '@holdfast/shell-framing'
import { Attachment } from './attachment.ts'
import { endingOf, exitedBy, explainEnding, type ShellEnding } from './ending.ts'
import { ShellSessionError } from './errors.ts'
import { type FrameHandlers, handleFrame } from './frames.ts'
import type { ShellReady } from './handshake.ts'
import { ShellInputStream } from './input.ts'
import { type ResolvedShellOptions, resolveShellOptions, type ShellSessionOptions } from './options.ts'
import { ShellOutputStream } from './output.ts'
import type { ShellSessionEvents } from './session-events.ts'
import { finalError, outageTooLong, type ShellConnection, shellConnection, unreachable } from './shell-connection.ts'
import { withResume } from './target.ts'

/** What is under way when the user leaves gets this long to arrive. In milliseconds. */
const GRACE_MS = 1_000

/** A session's road to its shell: the connection, what an attach means, what frames mean, and how it ends. */
export class ShellLink {
  readonly events: Emitter<ShellSessionEvents> = new Emitter<ShellSessionEvents>(this)
  readonly input: ShellInputStream
  readonly output: ShellOutputStream
  readonly #options: ShellSessionOptions
  readonly #resolved: ResolvedShellOptions
  readonly #connection: ShellConnection
  readonly #ended: Deferred<ShellEnding> = deferred<ShellEnding>()
  readonly #source: { pause(): void; resume(): void }
  readonly #instance: string
  readonly #handlers: FrameHandlers = this.#frameHandlers()
  readonly shell: Attachment
  exit: ShellExit | undefined
  ending: ShellEnding | undefined
  #isOpen = false
  #opening: Deferred<void> | undefined
  #wanted: 'nothing' | 'kill' | 'detach' = 'nothing'
  #closing: Timer | undefined
  /** Runs out when an outage has lasted too long, whatever an attempt is doing then. */
  #outage: Timer | undefined
  /** What this client asked for; what others set is not repeated. */
  #wantedSize: TerminalSize | undefined

  constructor(options: ShellSessionOptions) {
    this.#options = options
    this.#resolved = resolveShellOptions(options)
    const { checkpoint, inputBufferBytes, clock, random } = this.#resolved
    this.#instance = randomId(random)
    this.input = new ShellInputStream(inputBufferBytes, {
      send: (message, how) => this.#connection.send(message, how),
      lost: (lost) => {
        this.#ask(() => options.onInputLost?.(lost), 'onInputLost')
        this.events.emit('inputLost', lost)
      },
    })
    const host = {
      clock,
      discards: options.output === 'discard',
      acknowledge: (ack: { readonly received: number; readonly consumed: number }) =>
        this.write({ channel: 'ack', payload: encodeOutputAck(ack) }),
      pause: (paused: boolean) => this.#pause(paused),
    }
    this.output = new ShellOutputStream(host, checkpoint)
    this.shell = new Attachment(this.#resolved, this.input, this.output, (role) => this.events.emit('role', { role }))
    this.#connection = shellConnection(options, this.#resolved, {
      target: (context) => this.#target(context),
      isHurried: () => this.#wanted === 'kill',
      inputBase: () => this.input.base,
      instance: this.#instance,
      confirmed: (ready) => this.#confirmed(ready),
      diedAtOnce: (exit, frames) => this.#diedAtOnce(exit, frames),
      frame: (frame) => this.#frame(frame),
      changed: (status, previous) => this.#changed(status, previous),
      dropped: () => this.#dropped(),
      problem: (what, error) => this.problem(what, error),
    })
    // Only to be able to pause it: frames come through onMessage.
    this.#source = this.#connection.attach({ push: () => {}, gap: () => {}, end: () => {} })
  }

  get result(): Promise<ShellEnding> {
    return this.#ended.promise
  }

  get status(): Status {
    return this.#connection.status
  }

  get roundTripMs(): number | undefined {
    return this.#connection.metrics.rttP50
  }

  get isStarted(): boolean {
    return this.#connection.state !== 'idle'
  }

  // ---- what the session asks for ----------------------------------------------------------------

  /** Attached, and ended by the server before anything else happened. */
  get #endedAtOnce(): boolean {
    return this.ending?.kind === 'lost' && this.ending.reason === 'shell/closed' && this.shell.attaches > 0
  }

  /** Where it stands, why, and what happens next. */
  explain(): string {
    return this.ending === undefined ? this.#connection.explain() : explainEnding(this.ending)
  }

  /** Resolves when attached, or when the shell ended at once. */
  async connect(options: ConnectOptions): Promise<void> {
    const { signal } = options
    try {
      await this.#connection.connect(options)
      await this.opened()
    } catch (error) {
      if (error instanceof HoldfastError && error.code === 'connection/connect_timeout') {
        const late = unreachable(`it was not attached within ${options.timeoutMs} ms`, this.#connection.lastCause)
        this.#finish(endingOf(late, this.#wanted))
      }
      if (signal?.aborted === true && this.ending === undefined) await this.detach()
      if (this.ending?.kind === 'exited' || this.#endedAtOnce) return
      throw this.ending?.kind === 'lost' ? this.ending.error : error
    }
  }

  /** Resolves when the connection can be written to; at once when it can. @throws how the session ended */
  opened(): Promise<void> {
    if (this.ending !== undefined) return Promise.reject(this.over())
    if (this.#isOpen) return Promise.resolve()
    this.#opening ??= deferred()
    return this.#opening.promise
  }

  /** Writes now or, while there is no connection, not at all. */
  write(message: ShellMessage): void {
    this.#connection.send(message, { delivery: 'volatile' })
  }

  resize(size: TerminalSize): void {
    this.shell.size = this.#wantedSize = size
    if (this.#isOpen) this.write({ channel: 'resize', payload: encodeResize(size) })
  }

  /** Kills the shell, and keeps trying for a while when it cannot be reached. `ending` tells. */
  kill(): void {
    if (this.ending !== undefined || this.#wanted === 'kill') return
    this.#wanted = 'kill'
    this.output.leave()
    if (!this.isStarted) return this.#finish({ kind: 'closed', killed: true })
    const { clock, closeTimeoutMs } = this.#resolved
    this.#closing = clock.after(closeTimeoutMs, () => this.#finish({ kind: 'closed', killed: false }))
    if (this.#isOpen) this.write({ channel: 'close' })
    else this.#connection.retryNow()
  }

  /** Leaves the shell running. */
  async detach(): Promise<void> {
    if (this.ending !== undefined || this.#wanted !== 'nothing') return
    this.#wanted = 'detach'
    if (this.#isOpen && this.input.unacknowledgedBytes > 0) {
      const late = deferred<void>()
      const timer = this.#resolved.clock.after(GRACE_MS, () => late.resolve())
      await Promise.race([this.input.flush().catch(() => {}), late.promise])
      timer.cancel()
    }
    if (this.#wanted !== 'detach') return // Closed meanwhile: the shell is not to live on.
    this.output.acknowledgeNow()
    if (this.shell.offer !== undefined) this.#control({ type: 'detach' })
    this.#finish({ kind: 'detached' })
  }

  over(): ShellSessionError {
    const { ending } = this
    if (ending?.kind === 'lost') return ending.error
    return new ShellSessionError('shell/ended', `The session has ended: ${ending?.kind ?? 'unknown'}.`)
  }

  listenerFailed(error: unknown, name: keyof ShellSessionEvents): void {
    if (name !== 'problem') this.problem(`a listener of "${name}" threw`, error)
  }

  problem(what: string, error?: unknown): void {
    this.#options.logger?.warn(what)
    this.events.emit('problem', { what, error })
  }

  // ---- the connection ---------------------------------------------------------------------------

  async #target({ attempt, reason, signal }: AttemptContext): Promise<Target> {
    const context = { attempt, refused: reason === 'refused', signal }
    const { shellId, sessionId, lease } = this.shell
    const target = await this.#options.connect(shellId, sessionId, context)
    const { epoch, received } = this.output
    if (lease === undefined || epoch === undefined) return target
    const watches = this.shell.role === 'observer'
    return withResume(target, { lease, epoch, received, instance: this.#instance, watches })
  }

  #changed(status: Status, previous: Status): void {
    this.events.emit('status', { status, previous })
    if (status.state === 'open' && previous.state !== 'open') {
      // The engine writes as soon as everybody has been told.
      return queueMicrotask(() => this.#ready())
    }
    const maxAttempts = this.shell.attaches === 0 ? this.#resolved.connectAttempts : Number.POSITIVE_INFINITY
    const error = finalError(status, this.#connection.lastCause, maxAttempts)
    if (error !== undefined) this.#finish(endingOf(error, this.#wanted))
  }

  #pause(paused: boolean): void {
    if (paused) this.#source.pause()
    else this.#source.resume()
  }

  #dropped(): void {
    this.#isOpen = false
    const { clock, reconnectWindowMs: windowMs } = this.#resolved
    if (this.ending === undefined && windowMs > 0 && windowMs < Number.POSITIVE_INFINITY) {
      this.#outage ??= clock.after(windowMs, () => this.#outageTooLong())
    }
    this.input.dropped()
    this.output.dropped()
  }

  #outageTooLong(): void {
    // Who closes has a time of its own.
    if (this.#wanted === 'kill') return
    this.#finish(endingOf(outageTooLong(this.#connection.lastCause), this.#wanted))
  }

  // ---- attaching --------------------------------------------------------------------------------

  #confirmed(ready: ShellReady): void {
    this.shell.confirmed(ready)
  }

  /** Usable: input that the server does not have goes first. */
  #ready(): void {
    if (this.#connection.state !== 'open' || this.#isOpen || this.ending !== undefined) return
    this.#isOpen = true
    this.#outage?.cancel()
    this.#outage = undefined
    const offer = this.shell.offer
    if (this.#wanted === 'kill') return this.write({ channel: 'close' })
    if (this.#isForgotten) return this.#forgotten()
    if (this.#wantedSize !== undefined) this.resize(this.#wantedSize)
    this.output.opened()
    if (offer === undefined) this.input.continueForeign()
    else this.input.continueAt(offer.in)
    this.#opening?.resolve()
    this.#opening = undefined
    if (this.shell.attaches > 1) this.#tellReconnected()
  }

  /** A return that got another shell than the one that it was for. */
  get #isForgotten(): boolean {
    const { isReturn, reconnected } = this.shell
    return isReturn && !reconnected && this.#options.onExpired !== 'new'
  }

  /** Nobody asked for the new one: it is not left running. */
  #forgotten(): void {
    this.write({ channel: 'close' })
    const what = 'The server has forgotten the shell. It was not replaced (onExpired).'
    this.#finish(endingOf(new ShellSessionError('shell/expired', what), this.#wanted))
  }

  #tellReconnected(): void {
    const reconnected = this.shell.reconnected
    this.events.emit('reconnected', { reconnected })
    // Nothing waits for it: it may send, and wait for that.
    this.#ask(() => this.#options.onReconnect?.(reconnected), 'onReconnect')
  }

  // ---- frames -----------------------------------------------------------------------------------

  #frame(frame: ShellFrame): void {
    handleFrame(frame, this.#handlers)
  }

  #frameHandlers(): FrameHandlers {
    return {
      output: (shown) => this.output.frame(shown),
      acknowledged: (offset) => this.input.acknowledged(offset),
      gap: (to) => this.output.gap(to),
      role: (role) => this.shell.setRole(role),
      resized: (size) => {
        this.shell.size = size
        this.events.emit('resized', size)
      },
      exited: (exit) => this.#exited(exit),
      closed: () => this.#closedByServer(),
      problem: (what) => this.problem(what),
    }
  }

  // ---- the end ----------------------------------------------------------------------------------

  #diedAtOnce(exit: ShellExit, frames: readonly ShellFrame[]): void {
    for (const frame of frames) this.output.frame(frame)
    this.#exited(exit)
  }

  /** All output came before it. The server may close as soon as it knows that we have it. */
  #exited(exit: ShellExit): void {
    this.exit = exit
    this.output.acknowledgeNow()
    this.#finish(this.#wanted === 'kill' ? { kind: 'closed', killed: true } : exitedBy(exit))
  }

  /** The shell is gone; nothing follows a CLOSE, also where the socket stays open. */
  #closedByServer(): void {
    if (this.#wanted === 'kill') return this.#finish({ kind: 'closed', killed: true })
    const error = new ShellSessionError('shell/closed', 'The server closed the shell without saying how it ended.')
    this.#finish(endingOf(error, this.#wanted))
  }

  #finish(ending: ShellEnding): void {
    if (this.ending !== undefined) return
    this.ending = ending
    this.#isOpen = false
    this.#closing?.cancel()
    this.#outage?.cancel()
    const over = this.over()
    const quietly = ending.kind === 'exited' || ending.kind === 'closed'
    this.input.finish(over, quietly)
    this.output.end()
    this.#opening?.reject(over)
    this.#opening?.promise.catch(() => {})
    void this.#connection.close({ flushMs: 0 })
    this.#ended.resolve(ending)
    this.events.emit('ended', ending)
  }

  #control(control: Parameters<typeof encodeControl>[0]): void {
    this.write({ channel: 'ctrl', payload: encodeControl(control) })
  }

  /** Calls something of the app's: what it throws is told and harms nothing. */
  #ask(call: () => void | Promise<void>, name: string): void {
    Promise.resolve()
      .then(call)
      .catch((error: unknown) => this.problem(`${name} failed`, error))
  }
}
