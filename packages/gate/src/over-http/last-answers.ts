import type { Clock, Timer } from '@holdfast/contract'
import type { PollDownstream } from './poll-downstream.ts'

/** Something on the way that loses the last answer of a channel asks for it again within this time. In milliseconds. */
const KEPT_MS = 10_000
/** The oldest is released where there are more. */
const MOST_KEPT = 100

/** Channels that are over, for who asks for their last answer again. */
export class LastAnswers {
  readonly #clock: Clock
  readonly #kept = new Map<string, { readonly poll: PollDownstream; readonly timer: Timer }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  keep(name: string, poll: PollDownstream): void {
    const [oldest] = this.#kept.keys()
    if (oldest !== undefined && this.#kept.size >= MOST_KEPT) this.#forget(oldest)
    this.#kept.set(name, { poll, timer: this.#clock.after(KEPT_MS, () => this.#forget(name)) })
  }

  of(name: string): PollDownstream | undefined {
    return this.#kept.get(name)?.poll
  }

  close(): void {
    for (const name of [...this.#kept.keys()]) this.#forget(name)
  }

  #forget(name: string): void {
    this.#kept.get(name)?.timer.cancel()
    this.#kept.delete(name)
  }
}
