import type { LivenessHost, LivenessWatch } from './liveness-types.ts'
import { SLEPT_MS } from './loop-timer.ts'
import { WatchTimer } from './watch-timer.ts'

/** So often it is looked whether the machine has slept. */
export const WATCH_MS = 5_000

/** Cannot ask, and silence says nothing: a sleep alone puts the link in doubt. */
export class SleepWatch<In, Out> implements LivenessWatch<In> {
  readonly proves = false
  readonly listens = false
  readonly #host: LivenessHost<Out>
  readonly #timer: WatchTimer
  #paused = false
  #stopped = false

  constructor(host: LivenessHost<Out>) {
    this.#host = host
    this.#timer = new WatchTimer(host.clock, () => this.probe())
    this.#arm()
  }

  received(): void {}

  answers(): boolean {
    return false
  }

  pong(): void {}

  wrote(): void {}

  probeNow(): void {}

  probe(): void {
    if (this.#timer.standstillMs + WATCH_MS >= SLEPT_MS) this.#host.doubtful()
    this.#arm()
  }

  hidden(hidden: boolean): void {
    this.#timer.isHidden = hidden
    this.#arm()
  }

  paused(paused: boolean): void {
    if (paused === this.#paused) return
    this.#paused = paused
    this.#arm()
  }

  stop(): void {
    this.#stopped = true
    this.#arm()
  }

  #arm(): void {
    if (this.#paused || this.#stopped) this.#timer.cancel()
    else this.#timer.arm(WATCH_MS)
  }
}
