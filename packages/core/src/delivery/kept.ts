import type { HoldfastError } from '@holdfast/contract'
import { coreError } from '../errors.ts'
import { type Deferred, deferred } from '../support/deferred.ts'
import { Fifo } from '../support/fifo.ts'
import type { DeliveryState, Entry } from './delivery.ts'
import { type DeliveryReport, DeliveryReports } from './delivery-reports.ts'
import { MESSAGE_BYTES } from './inbox.ts'
import type { OutboxHost, OutboxOptions } from './outbox-host.ts'

/** Shared by outboxes that have written nothing: never changed. */
const NOTHING: Map<string, never> = /* @__PURE__ */ new Map<string, never>()

/** The messages that an outbox answers for: those that wait, those that are unconfirmed, their bounds, and how they leave. */
export abstract class Kept<Out> {
  protected readonly host: OutboxHost<Out>
  protected readonly options: OutboxOptions
  protected readonly queue: Fifo<Entry<Out>> = new Fifo<Entry<Out>>()
  /** Written and unconfirmed, in the order of writing. */
  protected written: Map<string, Entry<Out>> = NOTHING
  #reports: DeliveryReports | undefined
  #bytes = 0
  #room: Deferred<void> | undefined

  constructor(host: OutboxHost<Out>, options: OutboxOptions) {
    this.host = host
    this.options = options
  }

  /** Messages that wait or are unconfirmed. */
  get count(): number {
    return this.queue.length + this.written.size
  }

  /** Their encoded size. */
  get bytes(): number {
    return this.#bytes
  }

  get unconfirmed(): number {
    return this.written.size
  }

  /** The entry's size has become known, or has changed. */
  protected weigh(entry: Entry<Out>, bytes: number): void {
    this.#bytes += bytes - entry.bytes
    entry.bytes = bytes
  }

  /** The newest message, whose bytes are counted already. */
  protected get fits(): boolean {
    return this.#leaves(0)
  }

  /** One more message of this size fits. */
  #leaves(bytes: number): boolean {
    const { maxCount = Number.POSITIVE_INFINITY, maxBytes } = this.options
    const count = this.count + 1
    return count <= maxCount && this.#bytes + bytes + count * MESSAGE_BYTES <= maxBytes
  }

  /** Resolves when one more message fits. Await it to be slowed down instead of rejected. */
  room(): Promise<void> {
    if (this.#hasRoom) return Promise.resolve()
    this.#room ??= deferred()
    return this.#room.promise
  }

  get #hasRoom(): boolean {
    return this.#leaves(1)
  }

  protected unconfirm(entry: Entry<Out>): void {
    if (this.written === NOTHING) this.written = new Map()
    this.written.set(entry.delivery.id, entry)
  }

  protected acked(entry: Entry<Out>, refusal?: HoldfastError): void {
    this.written.delete(entry.delivery.id)
    this.settle(entry, refusal === undefined ? 'acked' : 'rejected', undefined, refusal)
  }

  /** What is unconfirmed stands before what was never written. */
  protected recall(): void {
    this.#recall((entry) => !entry.isAccepted)
  }

  /** Those too of which the peer has said that it has them. */
  protected recallAccepted(): void {
    this.#recall((entry) => entry.isAccepted)
  }

  #recall(which: (entry: Entry<Out>) => boolean): void {
    if (this.written.size === 0) return
    const all = [...this.written.values()]
    const staying = all.filter((entry) => !which(entry))
    this.written = staying.length === 0 ? NOTHING : new Map(staying.map((entry) => [entry.delivery.id, entry]))
    this.queue.replace([...all.filter(which), ...this.queue.all()])
  }

  /** First out, then told: whoever is told may send. */
  protected takeOut(
    which: (entry: Entry<Out>) => boolean,
    settle: (entry: Entry<Out>) => void = (entry) => this.lose(entry),
  ): void {
    const kept: Entry<Out>[] = []
    const gone: Entry<Out>[] = []
    for (const entry of this.queue.all()) (which(entry) ? gone : kept).push(entry)
    this.queue.replace(kept)
    for (const entry of gone) settle(entry)
  }

  protected lose(entry: Entry<Out>, error?: HoldfastError, cause?: unknown): void {
    const { class: deliveryClass, seq } = entry.delivery
    if (entry.isAccepted) return this.settle(entry, 'acked')
    if (deliveryClass === 'volatile') return this.settle(entry, 'dropped', 'dropped')
    if (entry.writtenAt < 0) return this.settle(entry, 'rejected', 'notSent', error)
    const details = seq === undefined ? undefined : { seq }
    const what = 'It was written but not confirmed; it may have arrived.'
    this.settle(entry, 'inDoubt', 'inDoubt', coreError('delivery/in_doubt', what, { cause, details }))
  }

  /** Nothing more happens to it. */
  protected settle(
    entry: Entry<Out>,
    state: DeliveryState,
    kind?: DeliveryReport['kind'],
    error?: HoldfastError,
  ): void {
    this.#bytes -= entry.bytes
    entry.bytes = 0
    entry.wire = undefined
    entry.expiry?.cancel()
    entry.delivery.settle(state, error, true)
    if (kind === undefined) return
    this.#reports ??= new DeliveryReports(this.host)
    this.#reports.add(kind, entry.delivery.id)
  }

  protected lighter(): void {
    this.makeRoom()
    if (this.count === 0) this.host.empty()
  }

  protected makeRoom(): void {
    if (!this.#hasRoom) return
    this.#room?.resolve()
    this.#room = undefined
  }
}
