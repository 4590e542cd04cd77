import { type LivenessHost, type LivenessWatch, WAKE_PROBE_MS } from './liveness-types.ts'
import { HIDDEN_LEAST_MS, LATE_MS, SLEPT_MS, SLICE_MS, UNREAD_LATE_MS } from './loop-timer.ts'
import { WATCH_MS } from './sleep-watch.ts'
import { WatchTimer } from './watch-timer.ts'

/** For a link that cannot ask: silence for too long ends it, and a sleep puts it in doubt. One that can: `heartbeat-step.ts`. */
export class Silence<In, Out> implements LivenessWatch<In> {
  readonly proves = false
  readonly listens: boolean
  readonly #timeoutMs: number
  readonly #host: LivenessHost<Out>
  readonly #timer: WatchTimer
  #readAt: number
  #isExtended = false
  #paused = false
  #stopped = false

  constructor(timeoutMs: number, host: LivenessHost<Out>) {
    this.#timeoutMs = timeoutMs
    this.#host = host
    this.listens = Number.isFinite(timeoutMs)
    this.#timer = new WatchTimer(host.clock, () => this.#tick())
    this.#readAt = host.clock.now()
    this.#arm()
  }

  received(): void {
    this.#readAt = this.#host.clock.now()
    this.#isExtended = false
  }

  answers(): boolean {
    return false
  }

  pong(): void {
    this.received()
  }

  wrote(): void {}

  probeNow(): void {}

  probe(): void {
    if (this.#stopped || this.#paused) return
    this.#putOff()
    this.#arm()
  }

  hidden(hidden: boolean): void {
    this.#timer.isHidden = hidden
    if (!this.#stopped) this.#arm()
  }

  paused(paused: boolean): void {
    if (this.#stopped || paused === this.#paused) return
    this.#paused = paused
    this.#readAt = this.#host.clock.now()
    this.#arm()
  }

  stop(): void {
    this.#stopped = true
    this.#timer.cancel()
  }

  get #deadAt(): number {
    const least = this.#timer.isHidden ? HIDDEN_LEAST_MS : 0
    return this.#readAt + Math.max(this.#timeoutMs, least)
  }

  #arm(): void {
    this.#timer.cancel()
    if (this.#paused || this.#stopped) return
    this.#timer.arm(Math.min(this.#deadAt - this.#host.clock.now(), WATCH_MS))
  }

  /** A time in which this side did not run is not the peer's silence; after it there is a moment to hear what came. */
  #putOff(): void {
    const { lateMs, standstillMs } = this.#timer
    this.#readAt += lateMs
    if (standstillMs > LATE_MS) this.#leave(WAKE_PROBE_MS)
    if (standstillMs + WATCH_MS >= SLEPT_MS) this.#host.doubtful()
  }

  /** At least so much time. */
  #leave(ms: number): void {
    this.#readAt += Math.max(0, this.#host.clock.now() + ms - this.#deadAt)
  }

  #tick(): void {
    const { lateMs } = this.#timer
    this.#putOff()
    if (this.#stopped) return
    if (this.#host.clock.now() >= this.#deadAt) {
      if (lateMs <= UNREAD_LATE_MS || this.#isExtended) return this.#end()
      // The loop turns once more: what had come by then is read in it.
      this.#isExtended = true
      this.#leave(SLICE_MS)
    }
    this.#arm()
  }

  #end(): void {
    this.stop()
    this.#host.dead('read')
  }
}
