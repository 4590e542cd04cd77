import type { Clock, Timer } from '@holdfast/contract'
import { SENTENCES } from '@holdfast/contract/words'
import { coreError } from '../../errors.ts'

/** A handler that is at work this long is reported: what comes waits for it. */
const SLOW_MS = 30_000

/** Whose handlers they are. */
export interface HandlersHost {
  readonly clock: Clock
  readonly options: { readonly concurrency: number }
  readonly notifier: { problem(what: string, error?: unknown): void }
}

/** Async handlers that have not settled. Those behind them wait, unless more than one at a time was asked for. */
export class HandlersAtWork {
  readonly #host: HandlersHost
  #running = 0
  #slow: Timer | undefined

  constructor(host: HandlersHost) {
    this.#host = host
  }

  /** As many are at work as may be. */
  get isBusy(): boolean {
    return this.#running >= this.#host.options.concurrency
  }

  /** @param waiting how many messages wait for it */
  follow(returned: PromiseLike<unknown>, waiting: () => number, after: () => void): void {
    const { clock, notifier, options } = this.#host
    if (Number.isFinite(options.concurrency)) this.#slow ??= clock.after(SLOW_MS, () => this.#isSlow(waiting()))
    this.#running += 1
    const settled = (): void => {
      this.stopWatching()
      this.#running -= 1
      after()
    }
    returned.then(settled, (error: unknown) => {
      notifier.problem('onMessage threw', error)
      settled()
    })
  }

  stopWatching(): void {
    this.#slow?.cancel()
    this.#slow = undefined
  }

  #isSlow(waiting: number): void {
    const what = SENTENCES
      ? `onMessage has been at work for ${SLOW_MS / 1_000} s; ${waiting} messages wait for it`
      : 'onMessage is slow'
    this.#host.notifier.problem(what, coreError('inbox/slow_handler', what))
  }
}
