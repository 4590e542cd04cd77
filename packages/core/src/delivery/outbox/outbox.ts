import type { HoldfastError } from '@holdfast/contract'
import { SENTENCES } from '@holdfast/contract/words'
import type { DeliveryClass } from '../../client-protocol.ts'
import { coreError } from '../../errors.ts'
import { MESSAGE_BYTES } from '../inbound/inbox.ts'
import { Delivery, type Entry, newEntry } from './delivery.ts'
import type { DeliveryReport } from './delivery-reports.ts'
import type { Confirmation, OutboxHost, OutboxOptions, OutboxRules, SendOptions, WriteSession } from './outbox-host.ts'
import { PendingMessages } from './pending-messages.ts'
import { overflow, recordPoisonStrike } from './refusals.ts'

/** The channel's buffer is looked at after this many bytes, not at every message. */
const CHECK_BYTES = 65_536
/** A confirmation is asked for after a quarter of this, or of the bounds where they are less. */
const ASK_BYTES = 524_288

/** Bounded, ordered, honest: every message that goes in comes out as acknowledged, rejected, in doubt or (volatile) dropped. */
export class Outbox<Out> {
  readonly #host: OutboxHost<Out>
  readonly #options: OutboxOptions
  readonly #rules: OutboxRules<Out> | undefined
  /** Made for the first message: an idle connection is small. */
  #pendingIfAny: PendingMessages<Out> | undefined
  /** What the peer takes. */
  #maxMessageBytes: number | undefined
  #probeMark = 0
  #open = false
  #blocked = false
  #unchecked = 0
  /** Bytes that were written since a confirmation was last asked for. */
  #unasked = 0
  #confirms: Confirmation = 'none'
  #ended: HoldfastError | undefined
  /** A message has ended the connection: what was written then is written again one by one, so that it shows which. */
  #isCareful = false

  constructor(host: OutboxHost<Out>, options: OutboxOptions, rules: OutboxRules<Out> | undefined) {
    this.#host = host
    this.#options = options
    this.#rules = rules
  }

  get #pending(): PendingMessages<Out> {
    this.#pendingIfAny ??= new PendingMessages(this.#host, this.#options, this.#rules?.numbers === 'sender')
    return this.#pendingIfAny
  }

  /** Messages that wait or are unconfirmed. */
  get count(): number {
    return this.#pendingIfAny?.count ?? 0
  }

  /** Their encoded size. */
  get bytes(): number {
    return this.#pendingIfAny?.bytes ?? 0
  }

  get unconfirmed(): number {
    return this.#pendingIfAny?.written.size ?? 0
  }

  /** Resolves when one more message fits. Await it to be slowed down instead of rejected. */
  waitForCapacity(): Promise<void> {
    return this.#pending.waitForCapacity()
  }

  // ---- the way in -------------------------------------------------------------------------------

  send(message: Out | (() => Out), options?: SendOptions): Delivery {
    const deliveryClass = options?.delivery ?? this.#rules?.byDefault ?? 'once'
    const delivery = new Delivery(options?.id ?? this.#host.newId(), deliveryClass, this.#host)
    const entry = newEntry(delivery, message, options?.key)
    if (this.#ended !== undefined) this.#pending.settle(entry, 'rejected', 'notSent', this.#ended)
    else this.#take(entry, deliveryClass === 'volatile', options?.expiresInMs)
    return delivery
  }

  #take(entry: Entry<Out>, isVolatile: boolean, expiresInMs: number | undefined): void {
    const { delivery, key } = entry
    const pending = this.#pending
    const writable = this.#isWritable && pending.queue.length === 0
    // A guess while it waits: right where everything before it is ordered too.
    if (pending.isNumbered(delivery.class)) delivery.seq = pending.likelySeq
    if ((writable || typeof entry.message !== 'function') && !pending.encode(entry)) return
    if (isVolatile && !writable) {
      if (key !== undefined) pending.removeWhere((other) => other.key === key && other.delivery.class === 'volatile')
      // Without a key it waits only for a moment, while the channel is full.
      if ((key === undefined && !this.#open) || !pending.hasCapacity()) return pending.failUnsent(entry)
    } else if (!isVolatile && !pending.hasCapacity()) {
      const error = overflow(pending, this.#options, entry.bytes)
      return pending.settle(entry, 'rejected', 'overflow', error)
    }
    if (writable) this.#write(entry)
    else this.#enqueue(entry, expiresInMs)
  }

  get #isWritable(): boolean {
    return this.#open && !this.#blocked && (!this.#isCareful || this.unconfirmed === 0)
  }

  #enqueue(entry: Entry<Out>, expiresInMs: number | undefined): void {
    this.#pending.queue.push(entry)
    const takeBack = (error: HoldfastError, kind?: DeliveryReport['kind']): boolean => {
      if (entry.probeMark > 0 || entry.delivery.state !== 'queued') return false
      this.#pending.queue.remove(entry)
      this.#pending.settle(entry, 'rejected', kind, error)
      this.#pending.freed()
      return true
    }
    entry.delivery.cancelledBy(() =>
      takeBack(coreError('delivery/cancelled', SENTENCES && 'It was cancelled before it was written.')),
    )
    if (expiresInMs === undefined) return
    entry.expiry = this.#host.clock.after(expiresInMs, () =>
      takeBack(coreError('delivery/expired', SENTENCES && 'It expired before it was written.'), 'expired'),
    )
  }

  // ---- the way out ------------------------------------------------------------------------------

  /** The connection is being reported: what is sent from here on waits its turn, also what is for now or never. */
  opening(): void {
    this.#open = true
    this.#blocked = true
  }

  /** The connection can be written to. What an earlier connection left unconfirmed goes first. */
  opened(confirms: Confirmation, { continued, received, fenced, restamp, maxMessageBytes }: WriteSession): void {
    this.#confirms = confirms
    this.#maxMessageBytes = maxMessageBytes
    if (fenced === true) this.#clear(coreError('delivery/fenced', SENTENCES && 'It was meant for another session.'))
    if (!continued) {
      this.#pendingIfAny?.newEpoch()
    } else if (received !== undefined) {
      this.#pending.removeWhere(
        ({ delivery: { seq }, probeMark }) => seq !== undefined && seq <= received && probeMark > 0,
        (entry) => this.#pending.settle(entry, 'acked'),
      )
      this.#pending.renumber(received)
    }
    if (restamp === true) this.#pendingIfAny?.restamp()
    this.#open = true
    this.#blocked = false
    this.flush()
  }

  flush(): void {
    const kept = this.#pendingIfAny
    while (kept !== undefined && this.#isWritable) {
      if (this.#isCareful) this.#isCareful = (kept.queue.first?.probeMark ?? 0) > 0
      const entry = kept.queue.shift()
      if (entry === undefined) return
      this.#write(entry)
    }
  }

  #write(entry: Entry<Out>): void {
    const { delivery } = entry
    const pending = this.#pending
    const deliveryClass = delivery.class
    if (entry.probeMark === 0) pending.number(entry)
    if (entry.probeMark > 0 && this.#host.marksAgain === true) entry.wire = undefined
    if (!pending.isSendable(entry, this.#maxMessageBytes)) {
      if (entry.probeMark === 0) pending.unused(delivery.seq)
      return
    }
    this.#probeMark += 1
    entry.probeMark = this.#probeMark
    entry.expiry?.cancel()
    this.#host.write(entry.wire)
    this.#unchecked += entry.bytes
    if (deliveryClass === 'volatile' || this.#confirms === 'none') {
      pending.settle(entry, 'written')
    } else {
      delivery.settle('written')
      pending.addWritten(entry)
      // A message that is never written twice frees its frames, and remembers when it left instead.
      if (deliveryClass === 'once') entry.wire = undefined
      if (this.#isCareful || this.#isMuch(entry)) this.#host.confirmationRequested()
    }
    if (this.#unchecked >= CHECK_BYTES) this.#checkWater()
  }

  /** So much was written since the peer was last asked whether it has it: what is unconfirmed costs more the longer it is kept. */
  #isMuch({ bytes }: Entry<Out>): boolean {
    const { maxCount = Number.POSITIVE_INFINITY, maxBytes } = this.#options
    const room = Math.min(maxBytes, ASK_BYTES)
    this.#unasked += Math.max(bytes + MESSAGE_BYTES, Math.ceil(room / maxCount))
    if (this.#unasked < room / 4) return false
    this.#unasked = 0
    return true
  }

  #checkWater(): void {
    this.#unchecked = 0
    if (this.#host.bufferedBytes() < this.#options.highWaterBytes) return
    this.#blocked = true
    this.#host.drained().then(
      () => {
        this.#blocked = false
        this.flush()
      },
      () => {},
    )
  }

  /** Writes wait; what is unconfirmed may still be confirmed. */
  pause(): void {
    this.#open = false
  }

  // ---- what becomes of it -----------------------------------------------------------------------

  /** The peer has these, or will not take them. */
  ackedIds(ids: Iterable<string>, refusal?: HoldfastError): void {
    this.#pendingIfAny?.confirmIds(ids, refusal)
    this.#confirmed()
  }

  ackedThrough(last: number): void {
    this.#pendingIfAny?.confirmThrough(last)
    this.#confirmed()
  }

  /** A mark for what has been written so far. */
  probeMark(): number {
    return this.#probeMark
  }

  /** Everything written before the mark has arrived at the peer. */
  confirmedUpTo(probeMark: number): void {
    if (this.#confirms !== 'probe') return
    this.#pendingIfAny?.confirmMarked(probeMark)
    this.#confirmed()
  }

  #confirmed(): void {
    this.#pendingIfAny?.freed()
    if (this.#isCareful) this.flush()
  }

  /** The peer has these and will say more of them: they are not written again, and their ids stay in use. */
  accepted(ids: Iterable<string>): void {
    this.#pendingIfAny?.accept(ids)
  }

  /** The link is gone: report what is in doubt, keep what may be written again. */
  dropped(): void {
    this.#open = false
    const kept = this.#pendingIfAny
    if (kept === undefined) return
    kept.requeue(false)
    kept.removeWhere(({ delivery, key, probeMark }) =>
      delivery.class === 'volatile' ? key === undefined : probeMark > 0 && this.#staysInDoubt(delivery.class),
    )
    kept.onCapacityFreed()
  }

  /** Without the protocol's acks a repetition cannot be distinguished from a new message: only `retry` is written again. */
  #staysInDoubt(deliveryClass: DeliveryClass): boolean {
    return deliveryClass === 'once' || (deliveryClass === 'ordered' && this.#confirms !== 'ack')
  }

  /** The peer ended the connection with this code. True: it was over a message, so that the connection continues. See {@link recordPoisonStrike}. */
  recordPoisonStrike(code: number | undefined): boolean {
    if (this.#pendingIfAny === undefined || !recordPoisonStrike(this.#pendingIfAny, code)) return false
    this.#isCareful = true
    return true
  }

  /** A new history: what the old one may hold is in doubt. */
  newEpoch(): void {
    this.#pendingIfAny?.newEpoch()
  }

  /** Messages are taken (again). */
  begin(): void {
    this.#ended = undefined
  }

  /** Nothing will be written any more: settles everything. */
  end(cause?: unknown): void {
    this.#open = false
    this.#ended = coreError('delivery/not_sent', SENTENCES && 'It was never written.', { cause })
    this.#clear(this.#ended, cause)
  }

  /** What waits is rejected with this error, what may have arrived is in doubt. */
  #clear(error: HoldfastError, cause?: unknown): void {
    const kept = this.#pendingIfAny
    if (kept === undefined) return
    kept.requeue(false)
    kept.requeue(true)
    kept.removeWhere(
      () => true,
      (entry) => kept.failUnsent(entry, error, cause),
    )
    kept.freed()
  }
}
