import type { Clock, Timer } from '@holdfast/contract'
import type { EchoPrediction } from './echo-prediction.ts'
import type { InputToken } from './input-token.ts'

/** How often it is asked how much of the input the program has, while a prediction waits for it. */
const POLL_MS = 10
/** Where nothing is acknowledged and no round trip was measured. */
const SUPPOSED_ROUND_TRIP_MS = 250

/** What an echo watch works with. */
export interface EchoWatchOptions {
  readonly clock: Clock
  readonly prediction: EchoPrediction
  /** How many bytes of the input are not acknowledged; undefined where the server acknowledges none. */
  readonly unacknowledgedBytes: () => number | undefined
  /** Output came that the prediction does not know yet: an echo may be in it. @defaultValue never */
  readonly isBehind?: (() => boolean) | undefined
  /** The round trip as otherwise measured, in milliseconds. */
  readonly roundTripMs?: (() => number | undefined) | undefined
}

/** Counts what is typed, and reports to a prediction how much of it the program has. */
export class EchoWatch {
  readonly #options: EchoWatchOptions
  #sent = 0
  #timer: Timer | undefined

  constructor(options: EchoWatchOptions) {
    this.#options = options
  }

  /** Input was sent, just now. */
  typed(token: InputToken): void {
    const { clock, prediction, unacknowledgedBytes, roundTripMs } = this.#options
    this.#sent += token.bytes.length
    const end = this.#sent
    prediction.typed(token, end)
    if (!prediction.isWaiting) return
    if (unacknowledgedBytes() !== undefined) return this.#poll()
    clock.after(roundTripMs?.() ?? SUPPOSED_ROUND_TRIP_MS, () => prediction.acknowledged(end))
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#options.prediction.stop()
  }

  #poll(): void {
    this.#timer ??= this.#options.clock.after(POLL_MS, () => {
      this.#timer = undefined
      this.#report()
      if (this.#options.prediction.isWaiting) this.#poll()
    })
  }

  #report(): void {
    const bytes = this.#options.unacknowledgedBytes()
    if (bytes === undefined || this.#options.isBehind?.() === true) return
    this.#options.prediction.acknowledged(this.#sent - bytes)
  }
}
