import type { Clock } from '@holdfast/contract'
import type { ClientProtocol, Gap } from '../client-protocol.ts'
import { Inbound } from '../delivery/inbound/inbound.ts'
import type { Done } from '../delivery/inbound/taken.ts'
import { callBack, isThenable } from '../support/callbacks.ts'
import type { Attempt } from './attempt.ts'
import type { Notifier } from './notifier.ts'
import type { ResolvedOptions } from './options.ts'

const NOBODY: readonly never[] = []

/**
 * Looks at a message before the app. `true`: it has taken it. `'later'`: it has, and calls `done` when it is done with it.
 * `bytes`: its encoded size.
 */
export type Interceptor<In> = (message: In, bytes: number, done: Done | undefined) => unknown

/** The connection, as far as messages come through it. */
export interface InboundPipelineHost<In, Out, WireIn, WireOut, Ready extends object | undefined> {
  readonly clock: Clock
  readonly options: ResolvedOptions<In, Out, WireIn, WireOut, Ready>
  readonly notifier: Notifier
  readonly protocol: ClientProtocol<In, Out, WireIn, WireOut, Ready>
  readonly writer: Attempt<In, Out, WireIn, WireOut, Ready> | undefined
  /** Something of the peer's has come: the link works. */
  confirm(attempt: Attempt<In, Out, WireIn, WireOut, Ready>): void
}

/** The steps that a message of the peer passes, and what waits for the app behind them. */
export class InboundPipeline<In, Out, WireIn, WireOut, Ready extends object | undefined> {
  /** Look at every message that the protocol lets through. One that returns true has taken it. */
  interceptors: readonly Interceptor<In>[] = NOBODY
  readonly #host: InboundPipelineHost<In, Out, WireIn, WireOut, Ready>
  #app: Inbound<In> | undefined
  #end: { readonly error: unknown; readonly isQuiet: boolean } | undefined

  constructor(host: InboundPipelineHost<In, Out, WireIn, WireOut, Ready>) {
    this.#host = host
  }

  /** What waits for the app, and what the app is at work with. Made when there is something of it: an idle connection is small. */
  get app(): Inbound<In> {
    if (this.#app !== undefined) return this.#app
    this.#app = new Inbound<In>(this.#host)
    if (this.#end !== undefined) this.#app.end(this.#end.error, this.#end.isQuiet)
    return this.#app
  }

  get attached(): readonly object[] {
    return this.#app?.attached ?? NOBODY
  }

  /** Messages and gaps that came and that the app is not done with. */
  get unread(): number {
    return this.#app?.unread ?? 0
  }

  /** Since when reading pauses. */
  get pausedAt(): number | undefined {
    return this.#app?.reading.pausedAt
  }

  begin(): void {
    this.#end = undefined
    this.#app?.begin()
  }

  /** These readers end without an error; those that came later stay. */
  endOf(those: readonly object[]): void {
    this.#app?.endOf(those)
  }

  /** No more comes. `isQuiet`: handlers are not called any more. */
  end(error: unknown, isQuiet: boolean): void {
    this.#end = { error, isQuiet }
    this.#app?.end(error, isQuiet)
  }

  /** The steps, in order. One that takes a message ends its way; the last is the app. */
  message(attempt: Attempt<In, Out, WireIn, WireOut, Ready>, message: In, bytes: number): void {
    if (attempt.liveness?.answers(message) === true) return
    if (attempt.awaitsSign) this.#host.confirm(attempt)
    const done = this.#host.protocol.receive === undefined ? undefined : this.#received(attempt, message)
    if (done === true || (this.interceptors.length > 0 && this.#isIntercepted(message, bytes, done))) return
    this.#toApp(message, bytes, done)
  }

  /** A ping of the peer is answered, whatever waits. */
  isPing(attempt: Attempt<In, Out, WireIn, WireOut, Ready>, message: In): boolean {
    try {
      const pong = this.#host.protocol.pong?.(message)
      if (pong === undefined) return false
      attempt.send(pong)
      if (attempt.awaitsSign) this.#host.confirm(attempt)
      return true
    } catch (error) {
      return this.#failed(error)
    }
  }

  /** `true`: it is the protocol's own; else what is to be done when the app is done with it. */
  #received(attempt: Attempt<In, Out, WireIn, WireOut, Ready>, message: In): true | Done | undefined {
    try {
      const received = this.#host.protocol.receive?.(message, attempt.context)
      if (this.#isTaken(received)) return true
      return typeof received === 'object' ? this.#onTaken(received.taken) : undefined
    } catch (error) {
      return void this.#failed(error)
    }
  }

  #onTaken(taken: (isRead: boolean) => unknown): Done {
    const failed = (error: unknown): void => this.#host.notifier.problem('taken threw', error)
    return (isRead = true) => void callBack(() => taken(isRead), failed)
  }

  #isIntercepted(message: In, bytes: number, done: Done | undefined): boolean {
    try {
      for (const interceptor of this.interceptors) {
        const taken = interceptor(message, bytes, done)
        if (taken === 'later') return true
        if (!this.#isTaken(taken)) continue
        done?.()
        return true
      }
    } catch (error) {
      this.#failed(error)
    }
    return false
  }

  /** A callback alone, which is not waited for, needs nothing else. */
  #toApp(message: In, bytes: number, received: Done | undefined): void {
    const { options, protocol } = this.#host
    const { onMessage } = options
    const done =
      protocol.taken === undefined
        ? received
        : (received ?? this.#onTaken(() => protocol.taken?.(message, this.#host.writer?.context)))
    if (this.#app !== undefined || onMessage === undefined || done !== undefined) {
      return this.app.message(message, bytes, done)
    }
    try {
      const returned = onMessage(message)
      if (typeof returned === 'object' && isThenable(returned)) this.app.follow(returned)
    } catch (error) {
      this.#host.notifier.problem('onMessage threw', error)
    }
  }

  /** A step may be async; then it takes nothing. */
  #isTaken(returned: unknown): boolean {
    if (typeof returned === 'object' && isThenable(returned)) {
      returned.then(undefined, (error: unknown) => this.#failed(error))
    }
    return returned === true
  }

  /** It took nothing. */
  #failed(error: unknown): false {
    this.#host.notifier.problem('handling a message threw', error)
    return false
  }

  gap(gap: Gap): void {
    this.#host.notifier.gaps += 1
    if (this.#app === undefined && this.#host.options.onMessage !== undefined) this.#host.notifier.gap(gap)
    else this.app.gap(gap)
  }
}
