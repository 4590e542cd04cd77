import type { HoldfastError } from '@holdfast/contract'
import { SENTENCES } from '@holdfast/contract/words'
import type { DeliveryClass } from '../../client-protocol.ts'
import { coreError } from '../../errors.ts'
import { type Deferred, deferred } from '../../support/deferred.ts'
import { Fifo } from '../../support/fifo.ts'
import { MESSAGE_BYTES } from '../inbound/inbox.ts'
import type { DeliveryState, Entry } from './delivery.ts'
import { type DeliveryReport, DeliveryReports } from './delivery-reports.ts'
import type { OutboxHost, OutboxOptions } from './outbox-host.ts'

/** Shared by outboxes that have written nothing: never changed. */
const NOTHING: Map<string, never> = /* @__PURE__ */ new Map<string, never>()

/** The messages that an outbox answers for: those that wait, those that are unconfirmed, their bounds, numbers and ends. */
export class PendingMessages<Out> {
  readonly queue: Fifo<Entry<Out>> = new Fifo<Entry<Out>>()
  /** Written and unconfirmed, in the order of writing. */
  written: Map<string, Entry<Out>> = NOTHING
  readonly #host: OutboxHost<Out>
  readonly #options: OutboxOptions
  /** Numbers are for the life of the outbox, and `retry` has them too. */
  readonly #numbersAll: boolean
  /** The last number that a message was written under. */
  #seq = 0
  #reports: DeliveryReports | undefined
  #bytes = 0
  #freed: Deferred<void> | undefined

  constructor(host: OutboxHost<Out>, options: OutboxOptions, numbersAll: boolean) {
    this.#host = host
    this.#options = options
    this.#numbersAll = numbersAll
  }

  // ---- bounds -----------------------------------------------------------------------------------

  /** Messages that wait or are unconfirmed. */
  get count(): number {
    return this.queue.length + this.written.size
  }

  /** Their encoded size. */
  get bytes(): number {
    return this.#bytes
  }

  /** The entry's size has become known, or has changed. */
  setSize(entry: Entry<Out>, bytes: number): void {
    this.#bytes += bytes - entry.bytes
    entry.bytes = bytes
  }

  /** One more message fits, of which so many bytes are not counted yet. */
  hasCapacity(bytes: number = 0): boolean {
    const { maxCount = Number.POSITIVE_INFINITY, maxBytes } = this.#options
    const count = this.count + 1
    return count <= maxCount && this.#bytes + bytes + count * MESSAGE_BYTES <= maxBytes
  }

  waitForCapacity(): Promise<void> {
    if (this.hasCapacity(1)) return Promise.resolve()
    this.#freed ??= deferred()
    return this.#freed.promise
  }

  onCapacityFreed(): void {
    if (!this.hasCapacity(1)) return
    this.#freed?.resolve()
    this.#freed = undefined
  }

  /** Some have left. */
  freed(): void {
    this.onCapacityFreed()
    if (this.count === 0) this.#host.empty()
  }

  // ---- numbers ----------------------------------------------------------------------------------

  isNumbered(deliveryClass: DeliveryClass): boolean {
    return deliveryClass === 'ordered' || (this.#numbersAll && deliveryClass === 'retry')
  }

  /** The number that the next one in the queue will have, where everything before it is numbered too. */
  get likelySeq(): number {
    return this.#seq + this.queue.length + 1
  }

  /** Gives the next number to what is to be written. */
  number(entry: Entry<Out>): void {
    const { delivery } = entry
    if (!this.isNumbered(delivery.class)) return
    this.#seq += 1
    if (delivery.seq === this.#seq) return
    delivery.seq = this.#seq
    entry.wire = undefined
  }

  /** What was written before and will be written again follows `last` without holes; the rest does when it is written. */
  renumber(last: number): void {
    this.#seq = last
    for (const entry of this.queue.all()) if (entry.probeMark > 0) this.number(entry)
  }

  /** This number is not used after all: those behind it move up, since the peer takes no holes. */
  unused(seq: number | undefined): void {
    if (seq !== undefined) this.renumber(seq - 1)
  }

  /** Everything before the first number that is not settled; `own` is not. */
  settledThrough(own: number): number {
    for (const { delivery } of this.written.values()) if (delivery.seq !== undefined) return delivery.seq - 1
    const oldest = this.queue.find(({ delivery }) => delivery.seq !== undefined)
    return Math.min(own, oldest?.delivery.seq ?? own) - 1
  }

  /** A new history: what the old one may hold is in doubt, and its numbers start at 1. */
  newEpoch(): void {
    this.requeue(true)
    this.removeWhere((entry) => entry.isAccepted || (entry.delivery.class === 'ordered' && entry.probeMark > 0))
    if (!this.#numbersAll) this.#seq = 0
  }

  /** The peer gave up what it was written for: it is settled, and where numbers have no holes the next ones move up. */
  gaveUp(seq: number | undefined): void {
    if (!this.#numbersAll) this.unused(seq)
  }

  /** What was never written is stamped anew. */
  restamp(): void {
    for (const entry of this.queue.all()) if (entry.probeMark === 0) entry.wire = undefined
  }

  // ---- frames -----------------------------------------------------------------------------------

  /** Makes the frames of a message. False: it could not be encoded, and was rejected. */
  encode(entry: Entry<Out>): boolean {
    const { delivery, message } = entry
    try {
      const isMade = typeof message === 'function'
      const value = isMade ? (message as () => Out)() : message
      // What a function made is marked as a repetition, not made a second time.
      if (isMade && this.#host.marksAgain === true) entry.message = value
      const { id, seq } = delivery
      const again = entry.probeMark > 0
      const settledThrough = seq === undefined ? undefined : this.settledThrough(seq)
      const probeMark = seq === undefined && !again ? delivery : { id, seq, settledThrough, again }
      const { wire, bytes } = this.#host.encode(value, probeMark)
      this.setSize(entry, bytes)
      entry.wire = wire
      return true
    } catch (cause) {
      const error = coreError('delivery/encode_failed', SENTENCES && 'The codec could not encode it.', { cause })
      this.settle(entry, 'rejected', 'encodeFailed', error)
      return false
    }
  }

  /** It has frames, and the peer takes as much. False: it was rejected. */
  isSendable(entry: Entry<Out>, maxBytes: number | undefined): boolean {
    if (entry.wire === undefined && !this.encode(entry)) return false
    const error = tooLarge(entry.wire, entry.bytes, maxBytes)
    if (error !== undefined) this.settle(entry, 'rejected', 'tooLarge', error)
    return error === undefined
  }

  // ---- what becomes of them ---------------------------------------------------------------------

  addWritten(entry: Entry<Out>): void {
    if (this.written === NOTHING) this.written = new Map()
    this.written.set(entry.delivery.id, entry)
  }

  confirm(entry: Entry<Out>, refusal?: HoldfastError): void {
    this.written.delete(entry.delivery.id)
    this.settle(entry, refusal === undefined ? 'acked' : 'rejected', undefined, refusal)
  }

  confirmIds(ids: Iterable<string>, refusal?: HoldfastError): void {
    for (const id of ids) {
      const entry = this.written.get(id)
      if (entry !== undefined) this.confirm(entry, refusal)
    }
  }

  confirmThrough(seq: number): void {
    for (const entry of this.written.values()) {
      const own = entry.delivery.seq
      if (own === undefined) continue
      if (own > seq) return
      this.confirm(entry)
    }
  }

  /** Everything that was written up to this mark. */
  confirmMarked(probeMark: number): void {
    for (const entry of this.written.values()) {
      if (entry.probeMark > probeMark) return
      this.confirm(entry)
    }
  }

  /** The peer has these and will say more of them. */
  accept(ids: Iterable<string>): void {
    for (const id of ids) {
      const entry = this.written.get(id)
      if (entry !== undefined) entry.isAccepted = true
    }
  }

  /** What is unconfirmed stands before what was never written; `accepted`: those of which the peer has said that it has them. */
  requeue(accepted: boolean): void {
    if (this.written.size === 0) return
    const all = [...this.written.values()]
    const staying = all.filter(({ isAccepted }) => isAccepted !== accepted)
    this.written = staying.length === 0 ? NOTHING : new Map(staying.map((entry) => [entry.delivery.id, entry]))
    this.queue.replace([...all.filter(({ isAccepted }) => isAccepted === accepted), ...this.queue.all()])
  }

  /** First removed, then reported: a listener may send. */
  removeWhere(
    which: (entry: Entry<Out>) => boolean,
    settle: (entry: Entry<Out>) => void = (entry) => this.failUnsent(entry),
  ): void {
    const kept: Entry<Out>[] = []
    const gone: Entry<Out>[] = []
    for (const entry of this.queue.all()) (which(entry) ? gone : kept).push(entry)
    this.queue.replace(kept)
    for (const entry of gone) settle(entry)
  }

  /** It will not be written, or not again. */
  failUnsent(entry: Entry<Out>, error?: HoldfastError, cause?: unknown): void {
    const { class: deliveryClass, seq } = entry.delivery
    if (entry.isAccepted) return this.settle(entry, 'acked')
    if (deliveryClass === 'volatile') return this.settle(entry, 'dropped', 'dropped')
    if (entry.probeMark === 0) return this.settle(entry, 'rejected', 'notSent', error)
    const details = seq === undefined ? undefined : { seq }
    const what = SENTENCES && 'It was written but not confirmed; it may have arrived.'
    this.settle(entry, 'inDoubt', 'inDoubt', coreError('delivery/in_doubt', what, { cause, details }))
  }

  /** Nothing more happens to it. */
  settle(entry: Entry<Out>, state: DeliveryState, kind?: DeliveryReport['kind'], error?: HoldfastError): void {
    this.setSize(entry, 0)
    entry.wire = undefined
    entry.expiry?.cancel()
    entry.delivery.settle(state, error, true)
    if (kind === undefined) return
    this.#reports ??= new DeliveryReports(this.#host)
    this.#reports.add(kind, entry.delivery.id)
  }
}

/** The peer has said what it takes: what it would refuse is refused here. Undefined: it fits. */
function tooLarge(wire: unknown, bytes: number, maxBytes: number | undefined): HoldfastError | undefined {
  // A character has three bytes at most.
  if (maxBytes === undefined || bytes * 3 <= maxBytes) return undefined
  const size = typeof wire === 'string' ? new TextEncoder().encode(wire).length : bytes
  if (size <= maxBytes) return undefined
  const what = SENTENCES && `It has ${size} bytes, the peer takes ${maxBytes} (maxMessageBytes).`
  return coreError('delivery/too_large', what, { details: { limit: 'maxMessageBytes', bytes: size, maxBytes } })
}
