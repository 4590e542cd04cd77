import type { Clock, Timer } from '@holdfast/contract'
import { coreError } from '../errors.ts'
import type { AttemptContext, ResolvedOptions } from './options.ts'
import { type Prepared, prepareAttempt } from './prepare.ts'

/** A call that was told that its time is over, and goes on for so long, is not waited for any more. */
const HUNG_MS = 10_000

/** What is known of the clock of the server. */
export interface SkewHost {
  readonly clock: Clock
  /** How far the server's clock is ahead of this one, where that was seen. In milliseconds. */
  readonly skewMs: number | undefined
}

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
  readonly #host: SkewHost
  #flight: Flight<Out> | undefined
  /** Came after its attempt was given up. */
  #late: Prepared<Out> | undefined

  constructor(options: ResolvedOptions<In, Out, WireIn, WireOut, Ready>, host: SkewHost) {
    this.#options = options
    this.#host = host
  }

  /** @param context its signal: the attempt's, which need not be the one that the call was begun for */
  async ask(context: AttemptContext): Promise<Prepared<Out>> {
    // Those of a call that began before the refusal may be the refused ones.
    if (this.#flight !== undefined && this.#host.clock.now() >= this.#flight.hungAt) this.#left(this.#flight)
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
    flight.hungAt = this.#host.clock.now() + HUNG_MS
    flight.deadline?.cancel()
    flight.abort.abort(coreError('connection/closed', 'Nobody waits for it any more.'))
  }

  #isFresh({ credentials }: Prepared<Out>): boolean {
    const { clock, skewMs = 0 } = this.#host
    return (credentials?.expiresAt ?? Number.POSITIVE_INFINITY) > clock.epoch() + skewMs
  }

  #call(context: AttemptContext): Flight<Out> {
    const abort = new AbortController()
    const result = prepareAttempt(this.#options, { ...context, signal: abort.signal })
    const { prepareMs } = this.#options.deadlines
    const hungAt = this.#host.clock.now() + prepareMs + HUNG_MS
    const flight: Flight<Out> = { result, abort, isStale: false, deadline: undefined, hungAt }
    flight.deadline = this.#host.clock.after(prepareMs, () => {
      abort.abort(coreError('connection/credentials_late', 'The time for target and credentials is over.'))
      // What comes late is used by the next attempt; what never comes is asked for again.
      flight.deadline = this.#host.clock.after(HUNG_MS, () => this.#left(flight))
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
      const timer = this.#host.clock.after(flight.hungAt - this.#host.clock.now(), () => {
        this.#left(flight)
        over()
      })
      signal.addEventListener('abort', over)
      flight.result.then(over, over)
    })
  }
}
