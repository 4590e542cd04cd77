import type { Clock, Timer } from '@holdfast/contract'
import { describeCause, describeOutage } from '@holdfast/core/words'
import type { Cause } from '../client-protocol.ts'
import { coreError } from '../errors.ts'
import { errorOf } from './cause-of.ts'
import type { Notifier } from './notifier.ts'
import type { Status } from './status.ts'

/** Failed attempts after which it is reported. */
const WARN_AFTER = 3
/** Or this long without a connection, whichever is first. In milliseconds. */
const WARN_AFTER_MS = 5_000

// Shared by connections without trouble: an idle one is small.
const NOTHING: readonly never[] = []

/** Where trouble is reported. */
export interface TroubleHost {
  readonly clock: Clock
  readonly notifier: Pick<Notifier, 'problem'>
  readonly status: Status
  readonly machine: { readonly attempt: number }
  readonly options: { readonly transport: { readonly usually?: string | undefined } }
}

/** An outage that does not end at once is reported: once, and again at each change of its cause. */
export class Trouble {
  readonly #host: TroubleHost
  #reported: readonly string[] = NOTHING
  #failures = 0
  #since: number | undefined
  #timer: Timer | undefined
  #cause: Cause | undefined

  constructor(host: TroubleHost) {
    this.#host = host
  }

  /** An attempt or a connection ended, and another one follows. */
  failed(cause: Cause): void {
    this.#failures += 1
    this.#cause = cause
    const { clock } = this.#host
    const isLate = this.#since !== undefined && clock.now() - this.#since >= WARN_AFTER_MS
    if (isLate || this.#failures >= WARN_AFTER) this.#warn()
  }

  /** True: the outage is over and everything of it is forgotten. */
  changed(status: Status): boolean {
    switch (status.state) {
      case 'open':
        this.#stop()
        return status.stable
      case 'draining':
        return false
      case 'waiting':
      case 'preparing':
      case 'dialing':
      case 'handshaking':
        this.#begin()
        return false
    }
    this.#stop()
    return true
  }

  #begin(): void {
    if (this.#since !== undefined) return
    const { clock } = this.#host
    this.#since = clock.now()
    this.#timer = clock.after(WARN_AFTER_MS, () => this.#warn())
  }

  #stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#since = undefined
  }

  /** Each cause once in an outage: two that take turns would else fill a log. */
  #warn(): void {
    const key = this.#cause === undefined ? '' : describeCause(this.#cause)
    if (this.#reported.includes(key)) return
    this.#reported = [...this.#reported, key]
    this.#problem(this.#cause)
  }

  /** Not connected because of this; undefined: nothing has failed yet, and nothing has come. */
  #problem(lastCause: Cause | undefined): void {
    const { clock, machine, notifier, options, status } = this.#host
    const what = describeOutage({ status, lastCause, now: () => clock.now() }, options.transport.usually)
    const cause = errorOf(lastCause)
    const details = { attempt: machine.attempt, cause: lastCause?.kind }
    notifier.problem(what, coreError('connection/unreachable', what, { cause, details }))
  }
}
