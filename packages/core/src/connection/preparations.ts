import type { Timer } from '@holdfast/contract'
import { SENTENCES } from '@holdfast/contract/words'
import { coreError } from '../errors.ts'
import type { AttemptContext } from '../support/attempt-context.ts'
import type { Machine } from './machine/state.ts'
import type { ResolvedOptions } from './options.ts'
import { type Prepared, prepareAttempt } from './prepare.ts'

/** A call whose time is over, and that continues for so long after it, is not waited for any more. */
const HUNG_MS = 10_000

/** A call to the app's functions that is under way. */
interface Flight<Out> {
  readonly result: Promise<Prepared<Out>>
  readonly abort: AbortController
  /** What it brings is no longer wanted. */
  isStale: boolean
  deadline: Timer | undefined
  /** From then on it is not waited for any more, whether a timer says so or not. */
  hungAt: number
}

/**
 * Asks the app for credentials and target: one call at a time, since it may open a login window or use up a token. An
 * attempt that was given up meanwhile leaves what comes late to the next one.
 */
export class Preparations<In, Out, WireIn, WireOut, Ready extends object | undefined> {
  readonly #options: ResolvedOptions<In, Out, WireIn, WireOut, Ready>
  readonly #problem: { problem(what: string): void }
  /** Credentials were kept back from the newest target. */
  isWithheld = false
  /** How far the server's clock is ahead of this one, where that was seen. In milliseconds. */
  skewMs: number | undefined
  /** When credentials were last renewed ahead of time. */
  rotatedAt: number | undefined
  #hasReportedClock = false
  /** Where the last attempt went, and where the last connection was open. */
  #origin: string | undefined
  #openOrigin: string | undefined
  #flight: Flight<Out> | undefined
  /** Came after its attempt was given up. */
  #late: Prepared<Out> | undefined

  constructor(options: ResolvedOptions<In, Out, WireIn, WireOut, Ready>, problem: { problem(what: string): void }) {
    this.#options = options
    this.#problem = problem
  }

  /** The time by the server's clock, as far as that is known. In milliseconds since 1970. */
  epoch(): number {
    return this.#options.clock.epoch() + (this.skewMs ?? 0)
  }

  /** The newest target is open, and this is how far its clock was seen to be ahead. */
  opened(skewMs: number | undefined): void {
    this.#openOrigin = this.#origin
    this.skewMs = skewMs ?? this.skewMs
  }

  /** New credentials look expired since so long. They are used all the same: the server knows better, and says when it wants others. */
  wrongClock(expiredMs: number): void {
    if (this.#hasReportedClock) return
    this.#hasReportedClock = true
    const ago = `${Math.round(expiredMs / 1_000)} s ago`
    const why = SENTENCES
      ? this.skewMs === undefined
        ? `: the clock of this device is ahead of the server's. They are used all the same. Set the clock.`
        : ` by the server's clock. Look at the function that brings them.`
      : ''
    const what = this.skewMs === undefined ? 'seem to have expired' : 'expired'
    this.#problem.problem(`New credentials ${what} ${ago}${why}`)
  }

  /**
   * For a dial. While the runtime claims to be offline this machine itself is dialed as ever, and an address of a local
   * network too. But that may be another network now: nothing that may be a credential is sent there in plain text,
   * whichever option brought it, unless this very address was open.
   */
  async forDial(context: AttemptContext, isOffline: () => boolean): Promise<Prepared<Out>> {
    const prepared = await this.ask(context)
    const { nearness } = this.#options.signals ?? {}
    if (nearness === undefined) return prepared
    const { target, bare } = prepared
    const { url } = target
    this.#origin = nearness.originOf(url)
    const isOtherOrigin = !nearness.isLoopback(url) && this.#origin !== this.#openOrigin
    this.isWithheld = isOffline() && isOtherOrigin && nearness.isPlainPrivate(url)
    if (!this.isWithheld) return prepared
    // Headers and subprotocols may be credentials too.
    return { target: { url: nearness.withoutSecrets(bare.url) }, credentials: undefined, bare }
  }

  /** @param context its signal: the attempt's, which need not be the one that the call was begun for */
  async ask(context: AttemptContext): Promise<Prepared<Out>> {
    // Those of a call that began before the refusal may be the refused ones.
    if (this.#flight !== undefined && this.#options.clock.now() >= this.#flight.hungAt) this.#left(this.#flight)
    let mayJoin = context.reason !== 'refused'
    if (!mayJoin) this.#late = undefined
    while (this.#flight !== undefined && (!mayJoin || this.#flight.isStale)) {
      await this.#over(this.#flight, context.signal)
      if (context.signal.aborted) throw context.signal.reason
      mayJoin = true
    }
    const late = this.#late
    this.#late = undefined
    if (late !== undefined && this.#isFresh(late)) return late
    this.#flight ??= this.#call(context)
    const prepared = await this.#flight.result
    if (!context.signal.aborted && this.#late === prepared) this.#late = undefined
    return prepared
  }

  /** What is under way belongs to another life of the connection: nothing of it is used. */
  forget(): void {
    this.#late = undefined
    const flight = this.#flight
    if (flight === undefined || flight.isStale) return
    flight.isStale = true
    flight.hungAt = this.#options.clock.now() + HUNG_MS
    flight.deadline?.cancel()
    flight.abort.abort(coreError('connection/closed', SENTENCES && 'It is not needed.'))
  }

  #isFresh({ credentials }: Prepared<Out>): boolean {
    return (credentials?.expiresAt ?? Number.POSITIVE_INFINITY) > this.epoch()
  }

  #call(context: AttemptContext): Flight<Out> {
    const abort = new AbortController()
    const { attempt, reason, previousError } = context
    const result = prepareAttempt(this.#options, { attempt, reason, previousError, signal: abort.signal })
    const { prepareMs } = this.#options.deadlines
    const hungAt = this.#options.clock.now() + prepareMs + HUNG_MS
    const flight: Flight<Out> = { result, abort, isStale: false, deadline: undefined, hungAt }
    flight.deadline = this.#options.clock.after(prepareMs, () => {
      abort.abort(coreError('connection/credentials_late', SENTENCES && 'The time for target and credentials is over.'))
      // What comes late is used by the next attempt; what never comes is asked for again.
      flight.deadline = this.#options.clock.after(HUNG_MS, () => this.#left(flight))
    })
    result.then(
      (prepared) => {
        if (!flight.isStale && (this.#flight ?? flight) === flight) this.#late = prepared
        this.#left(flight)
      },
      () => this.#left(flight),
    )
    return flight
  }

  #left(flight: Flight<Out>): void {
    flight.deadline?.cancel()
    if (this.#flight === flight) this.#flight = undefined
  }

  /** Waits until a call is over; one that never ends is not waited for for ever. */
  #over(flight: Flight<Out>, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        timer.cancel()
        signal.removeEventListener('abort', over)
        resolve()
      }
      const timer = this.#options.clock.after(flight.hungAt - this.#options.clock.now(), () => {
        this.#left(flight)
        over()
      })
      signal.addEventListener('abort', over)
      flight.result.then(over, over)
    })
  }
}

/** Who asks for a dial. */
export interface PrepareHost<In, Out, WireIn, WireOut, Ready extends object | undefined> {
  readonly options: ResolvedOptions<In, Out, WireIn, WireOut, Ready>
  readonly preparations: Preparations<In, Out, WireIn, WireOut, Ready>
  readonly loop: { machine: Machine }
  isLoopback: boolean
}

/** Target and credentials of an attempt. A plain address brings no credentials and calls nothing. */
export async function prepareFor<In, Out, WireIn, WireOut, Ready extends object | undefined>(
  host: PrepareHost<In, Out, WireIn, WireOut, Ready>,
  context: AttemptContext,
): Promise<Prepared<Out>> {
  const { credentials, target, signals } = host.options
  const isPlain = credentials === undefined && typeof target === 'string' && !/[?@]/.test(target)
  const prepared = await (isPlain
    ? prepareAttempt(host.options, context)
    : host.preparations.forDial(context, () => host.loop.machine.offline))
  host.isLoopback = signals?.nearness.isLoopback(prepared.target.url) === true
  if (host.isLoopback) host.loop.machine = { ...host.loop.machine, offline: false }
  return prepared
}
