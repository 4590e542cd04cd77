import {
  type AttemptContext,
  type Clock,
  type ConnectionEvents,
  type ConnectOptions,
  type Delivery,
  HoldfastError,
  type SendOptions,
  type Target,
  type Timer,
} from '@holdfast/core'
import { type ClientConnection, ClientLifecycle, type ListenerOf } from '@holdfast/core/client'
import { randomId } from '@holdfast/core/contract'
import { type Deferred, deferred } from '@holdfast/core/internals'
import { SENTENCES } from '@holdfast/core/words'
import {
  encodeControl,
  encodeOutputAck,
  encodeResize,
  type OutputAck,
  type ShellExit,
  type TerminalSize,
} from '@holdfast/protocol/shell'
import type { ShellFrame, ShellMessage } from '@holdfast/shell-framing'
import { Attachment } from './attachment.ts'
import { closedBy, type ShellEnding } from './ending-kinds.ts'
import { ShellSessionError } from './errors.ts'
import type { ShellOutput } from './frame.ts'
import type { ShellReady } from './handshake.ts'
import { type InputHost, ShellInputStream } from './input.ts'
import {
  type ConnectShell,
  type ResolvedShellOptions,
  resolveShellOptions,
  type ShellSessionOptions,
} from './options.ts'
import { type OutputHost, ShellOutputStream } from './output.ts'
import { SessionEnd, type SessionEndHost } from './session-end.ts'
import type { ShellSessionEvents } from './session-events.ts'
import { ShellClientRules } from './shell-client-rules.ts'
import {
  type ConnectionHost,
  finalError,
  outageTooLong,
  type ShellConnection,
  shellConnection,
  unreachable,
} from './shell-connection.ts'
import { shellTarget, withResume, withScreen } from './target.ts'

/**
 * What a session has of its shell: the connection, what an attach means, and how it ends. Its parts ask it itself for what they
 * need: functions made for each session would make an idle one large.
 */
export class ShellLink
  implements
    ClientConnection<ShellOutput>,
    ConnectionHost,
    InputHost,
    ListenerOf<ConnectionEvents>,
    OutputHost,
    SessionEndHost
{
  readonly events: ClientLifecycle<ShellOutput, ShellSessionError, ShellSessionEvents>
  readonly input: ShellInputStream
  readonly output: ShellOutputStream
  readonly shell: Attachment
  readonly connection: ShellConnection
  readonly end: SessionEnd = new SessionEnd(this)
  isOpen = false
  readonly clock: Clock
  readonly #options: ShellSessionOptions
  readonly #resolved: ResolvedShellOptions
  /** Names this client in memory. */
  readonly instance: string
  readonly #where: ConnectShell
  /** Ends a pause of reading. */
  #readOn: (() => void) | undefined
  #opening: Deferred<void> | undefined
  /** Runs out when an outage has lasted too long, whatever an attempt is doing then. */
  #outage: Timer | undefined
  /** What this client asked for; what others set is not repeated. */
  #wantedSize: TerminalSize | undefined

  constructor(options: ShellSessionOptions) {
    this.#options = options
    this.#resolved = resolveShellOptions(options)
    const { clock, queueBytes, random, checkpoint } = this.#resolved
    this.clock = clock
    this.instance = randomId(random)
    this.#where = shellTarget(options)
    this.input = new ShellInputStream(queueBytes, this)
    this.output = new ShellOutputStream(this, checkpoint)
    this.shell = new Attachment(this.#resolved, this.input, this.output, this)
    this.connection = shellConnection(options, this.#resolved, this)
    this.events = new ClientLifecycle<ShellOutput, ShellSessionError, ShellSessionEvents>(
      this,
      new ShellClientRules(this, options.logger),
    )
    // Behind the status that says it.
    this.connection.listen(this)
    this.events.listen(options)
  }

  get isStarted(): boolean {
    return this.connection.state !== 'idle'
  }

  // ---- what the session asks for ----------------------------------------------------------------

  /** Attached, and ended by the server before anything else happened. */
  get #endedAtOnce(): boolean {
    return this.end.ending?.kind === 'lost' && this.end.ending.reason === 'shell/closed' && this.shell.attaches > 0
  }

  /** Resolves when attached, or when the shell ended at once. */
  async connect(options: ConnectOptions): Promise<void> {
    const { signal } = options
    try {
      await this.connection.connect(options)
      await this.opened()
    } catch (error) {
      if (error instanceof HoldfastError && error.code === 'connection/connect_timeout') {
        const late = unreachable(`it was not attached within ${options.timeoutMs} ms`, this.connection.lastCause)
        this.end.failed(late)
      }
      if (signal?.aborted === true && this.end.ending === undefined) await this.end.detach()
      if (this.end.ending?.kind === 'exited' || this.#endedAtOnce) return
      throw this.end.ending?.kind === 'lost' ? this.end.ending.error : error
    }
  }

  /** Resolves when the connection can be written to; at once when it can. @throws how the session ended */
  opened(): Promise<void> {
    if (this.end.ending !== undefined) return Promise.reject(this.end.over())
    if (this.isOpen) return Promise.resolve()
    this.#opening ??= deferred()
    return this.#opening.promise
  }

  /** Writes now, behind all input so far, or, while there is no connection, not at all. */
  write(message: ShellMessage): void {
    this.input.writeNow()
    this.connection.send(message, { delivery: 'volatile' })
  }

  control(control: Parameters<typeof encodeControl>[0]): void {
    this.write({ channel: 'ctrl', payload: encodeControl(control) })
  }

  resize(size: TerminalSize): void {
    this.shell.size = this.#wantedSize = size
    if (this.isOpen) this.write({ channel: 'resize', payload: encodeResize(size) })
  }

  askToKill(): void {
    this.output.leave()
    if (this.isOpen) this.write({ channel: 'close' })
    else this.connection.retryNow()
  }

  askToDetach(): void {
    this.output.acknowledgeNow()
    if (this.shell.offer !== undefined) this.control({ type: 'detach' })
  }

  /** The server may close as soon as it knows that we have all output. */
  exited(): void {
    this.output.acknowledgeNow()
  }

  ended(ending: ShellEnding, over: ShellSessionError): void {
    this.isOpen = false
    this.#outage?.cancel()
    this.input.finish(over, ending.kind === 'exited' || ending.kind === 'closed')
    this.output.end()
    this.#opening?.reject(over)
    this.#opening?.promise.catch(() => {})
    void this.connection.close({ flushMs: 0 })
    this.events.emit('closed', closedBy(ending))
  }

  // ---- what its parts ask of it --------------------------------------------------------------------------------

  get killTimeoutMs(): number {
    return this.#resolved.killTimeoutMs
  }

  get pings(): ResolvedShellOptions['liveness'] {
    return this.#resolved.liveness
  }

  get discards(): boolean {
    return this.#options.output === 'discard'
  }

  send(message: ShellMessage, options: SendOptions): Delivery {
    return this.connection.send(message, options)
  }

  acknowledge(ack: OutputAck): void {
    this.write({ channel: 'ack', payload: encodeOutputAck(ack) })
  }

  pause(paused: boolean): void {
    this.#readOn?.()
    this.#readOn = paused ? this.connection.pauseReading() : undefined
  }

  inputBase(): number {
    return this.input.base
  }

  confirmed(ready: ShellReady): void {
    this.shell.confirmed(ready)
  }

  listen(listener: ListenerOf<ConnectionEvents>): void {
    this.connection.listen(listener)
  }

  handle(handler: ((frame: ShellOutput) => unknown) | undefined): void {
    this.output.handle(handler)
  }

  // ---- the connection ---------------------------------------------------------------------------

  async target(context: AttemptContext): Promise<Target> {
    const { shellId, sessionId, lease } = this.shell
    const target = withScreen(await this.#where(shellId, sessionId, context), this.#options.screen)
    const { epoch, received } = this.output
    if (lease === undefined || epoch === undefined) return target
    const watches = this.shell.role === 'observer'
    return withResume(target, { lease, epoch, received, instance: this.instance, watches })
  }

  status({ status, previous }: ConnectionEvents['status']): void {
    if (status.state === 'open' && previous.state !== 'open') {
      // The engine writes as soon as all listeners were notified.
      return queueMicrotask(() => this.#ready())
    }
    const maxAttempts = this.shell.attaches === 0 ? this.#resolved.connectAttempts : Number.POSITIVE_INFINITY
    const error = finalError(status, this.connection.lastCause, maxAttempts)
    if (error !== undefined) this.end.failed(error)
  }

  dropped(): void {
    this.isOpen = false
    const { giveUpAfterMs: windowMs } = this.#resolved
    if (this.end.ending === undefined && windowMs > 0 && windowMs < Number.POSITIVE_INFINITY) {
      this.#outage ??= this.clock.after(windowMs, () => this.#outageTooLong())
    }
    this.input.dropped()
    this.output.dropped()
  }

  #outageTooLong(): void {
    // Who kills has a time of its own.
    if (!this.end.isKilling) this.end.failed(outageTooLong(this.connection.lastCause))
  }

  // ---- attaching --------------------------------------------------------------------------------

  /** Usable: input that the server does not have goes first. */
  #ready(): void {
    if (this.connection.state !== 'open' || this.isOpen || this.end.ending !== undefined) return
    this.isOpen = true
    this.#outage?.cancel()
    this.#outage = undefined
    const offer = this.shell.offer
    if (this.end.isKilling) return this.write({ channel: 'close' })
    if (this.#isForgotten) return this.#forgotten()
    if (this.#wantedSize !== undefined) this.resize(this.#wantedSize)
    this.output.opened()
    if (offer === undefined) this.input.continueForeign()
    else this.input.continueAt(offer.in, offer.maxFrame)
    this.#opening?.resolve()
    this.#opening = undefined
    if (this.shell.attaches > 1) this.events.emit('reconnected', { reconnected: this.shell.reconnected })
  }

  /** A return that got another shell than the one that it was for. */
  get #isForgotten(): boolean {
    return this.shell.isReturn && !this.shell.reconnected && this.#options.onExpired !== 'new'
  }

  /** The new one was not asked for: it is not left running. */
  #forgotten(): void {
    this.write({ channel: 'close' })
    const what = SENTENCES && 'The server has forgotten the shell. It was not replaced (onExpired).'
    this.end.failed(new ShellSessionError('shell/expired', what))
  }

  diedAtOnce(exit: ShellExit, frames: readonly ShellFrame[]): void {
    for (const frame of frames) this.output.frame(frame)
    this.end.exited(exit)
  }
}
