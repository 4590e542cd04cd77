import type { HoldfastError, Timer } from '@holdfast/contract'
import type { DeliveryClass } from '../../client-protocol.ts'
import { type Deferred, deferred } from '../../support/deferred.ts'

/**
 * The state of a message. `written`: written to the socket, arrival unknown; `acked`: the peer has it; `inDoubt`: it
 * was written and the link was lost before the peer confirmed it.
 */
export type DeliveryState = 'queued' | 'written' | 'acked' | 'inDoubt' | 'rejected' | 'dropped'

/**
 * What a successful delivery can promise: the peer has the message (`acked`), or it was written and the protocol cannot
 * confirm more (`written`).
 */
export type Confirmed = 'acked' | 'written'

/** What the outbox keeps of a message. */
export interface Entry<Out> {
  readonly delivery: Delivery
  message: Out | (() => Out)
  readonly key: string | undefined
  bytes: number
  /** Encoded frames, kept while they may have to be written again. */
  wire: unknown
  /** Position among all writes, for the proof by a probe. 0 until it was written. */
  probeMark: number
  strikes: number
  /** The peer has it, and will confirm it later. */
  isAccepted: boolean
  expiry: Timer | undefined
}

export function newEntry<Out>(delivery: Delivery, message: Out | (() => Out), key: string | undefined): Entry<Out> {
  return {
    delivery,
    message,
    key,
    bytes: 0,
    wire: undefined,
    probeMark: 0,
    strikes: 0,
    isAccepted: false,
    expiry: undefined,
  }
}

/**
 * The outcome of one `send()`. Awaiting it waits until the peer has the message, and resolves with `acked`. Where
 * nothing can confirm it (`volatile`, or `connection.guarantees.confirmation` is `none`) it waits until the message is
 * written, and resolves with `written`, which does not promise that it arrives. Rejects with the reason when the
 * message is not delivered. Awaiting it is optional.
 */
export class Delivery implements PromiseLike<Confirmed> {
  readonly id: string
  readonly class: DeliveryClass
  /** Position in the ordered stream of this epoch, a guess until it is written; undefined for other classes. */
  seq: number | undefined
  #state: DeliveryState = 'queued'
  #error: HoldfastError | undefined
  #done: Deferred<Confirmed> | undefined
  #cancel: (() => boolean) | undefined
  #after: (() => void) | undefined
  #final = false

  readonly #watcher: { confirmationRequested(): void } | undefined

  constructor(id: string, deliveryClass: DeliveryClass, watcher?: { confirmationRequested(): void }) {
    this.id = id
    this.class = deliveryClass
    this.#watcher = watcher
  }

  get state(): DeliveryState {
    return this.#state
  }

  /** Why the message was rejected or is in doubt. */
  get error(): HoldfastError | undefined {
    return this.#error
  }

  /** The promise behind `await delivery`. Made on first use, so that an unwatched failure is no unhandled rejection. */
  get done(): Promise<Confirmed> {
    if (this.#done === undefined) {
      this.#done = deferred()
      this.#finish()
      if (this.#state === 'written') this.#watcher?.confirmationRequested()
    }
    return this.#done.promise
  }

  // biome-ignore lint/suspicious/noThenProperty: a delivery is awaitable by design
  then<A = Confirmed, B = never>(
    good?: ((value: Confirmed) => A | PromiseLike<A>) | null,
    bad?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.done.then(good, bad)
  }

  /** Takes the message back. True when it was never written, so it never will be. */
  cancel(): boolean {
    return this.#cancel?.() ?? false
  }

  /** True once nothing more will happen to the message. */
  get settled(): boolean {
    return this.#final
  }

  /** For the outbox. `written` is final where nothing will ever confirm it. */
  settle(state: DeliveryState, error?: HoldfastError, final: boolean = state !== 'written'): void {
    this.#state = state
    this.#error = error
    this.#final = final
    this.#cancel = undefined
    if (!final) {
      if (this.#done !== undefined) this.#watcher?.confirmationRequested()
      return
    }
    this.#finish()
    const after = this.#after
    this.#after = undefined
    after?.()
  }

  /** For the outbox: how to take the message back while it waits. */
  cancelledBy(cancel: () => boolean): void {
    this.#cancel = cancel
  }

  /** Runs once when the message is settled, before any promise that awaits it. */
  whenSettled(run: () => void): void {
    if (this.#final) return run()
    const before = this.#after
    this.#after =
      before === undefined
        ? run
        : () => {
            before()
            run()
          }
  }

  #finish(): void {
    if (!this.#final || this.#done === undefined) return
    if (this.#error === undefined) this.#done.resolve(this.#state === 'acked' ? 'acked' : 'written')
    else this.#done.reject(this.#error)
  }
}
