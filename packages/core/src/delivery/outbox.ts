import type { HoldfastError } from '@holdfast/contract'
import type { DeliveryClass, DeliveryRules } from '../client-protocol.ts'
import { coreError } from '../errors.ts'
import { Delivery, type Entry, newEntry } from './delivery.ts'
import type { DeliveryReport } from './delivery-reports.ts'
import { MESSAGE_BYTES } from './inbox.ts'
import type { Confirmation, OutboxHost, OutboxOptions, SendOptions } from './outbox-host.ts'
import { PendingMessages } from './pending-messages.ts'
import { fateBy, overflow, tooLarge } from './refusals.ts'

/** The channel's buffer is looked at after this many bytes, not at every message. */
const CHECK_BYTES = 65_536
/** A confirmation is asked for after a quarter of this, or of the bounds where they are less. */
const ASK_BYTES = 524_288
/** Endings in a row that name a message or its size, and it is given up. */
const STRIKES = 3
/** What the handshake said of the session that is written into. */
interface Session {
  readonly continued: boolean
  readonly received?: number | undefined
  readonly fenced?: boolean | undefined
  readonly restamp?: boolean | undefined
  readonly maxMessageBytes?: number | undefined
}

/** Bounded, ordered, honest: every message that goes in comes out as acknowledged, rejected, in doubt or (volatile) dropped. */
export class Outbox<Out> {
  readonly #host: OutboxHost<Out>
  readonly #options: OutboxOptions
  readonly #pending: PendingMessages<Out>
  readonly #byDefault: DeliveryClass
  /** What the peer takes. */
  #maxMessageBytes: number | undefined
  #mark = 0
  #open = false
  #blocked = false
  #unchecked = 0
  /** Bytes that were written since a confirmation was last asked for. */
  #unasked = 0
  #confirms: Confirmation = 'none'
  #ended: HoldfastError | undefined
  /** A message has ended the connection: what was written then is written again one by one, so that it shows which. */
  #isCareful = false

  constructor(
    host: OutboxHost<Out>,
    options: OutboxOptions,
    rules: Pick<DeliveryRules<Out>, 'byDefault' | 'numbers'> | undefined,
  ) {
    this.#host = host
    this.#options = options
    this.#pending = new PendingMessages(host, options, rules?.numbers === 'sender')
    this.#byDefault = rules?.byDefault ?? 'once'
  }

  /** Messages that wait or are unconfirmed. */
  get count(): number {
    return this.#pending.count
  }

  /** Their encoded size. */
  get bytes(): number {
    return this.#pending.bytes
  }

  get unconfirmed(): number {
    return this.#pending.written.size
  }

  /** Resolves when one more message fits. Await it to be slowed down instead of rejected. */
  room(): Promise<void> {
    return this.#pending.waitForCapacity()
  }

  // ---- the way in -------------------------------------------------------------------------------

  send(message: Out | (() => Out), options?: SendOptions): Delivery {
    const deliveryClass = options?.delivery ?? this.#byDefault
    const delivery = new Delivery(options?.id ?? this.#host.newId(), deliveryClass, this.#host)
    const entry = newEntry(delivery, message, options?.key)
    if (this.#ended !== undefined) this.#pending.settle(entry, 'rejected', 'notSent', this.#ended)
    else this.#take(entry, deliveryClass === 'volatile', options?.expiresInMs)
    return delivery
  }

  #take(entry: Entry<Out>, isVolatile: boolean, expiresInMs: number | undefined): void {
    const { delivery, key } = entry
    const writable = this.#isWritable && this.#pending.queue.length === 0
    // A guess while it waits: right where everything before it is ordered too.
    if (this.#pending.isNumbered(delivery.class)) delivery.seq = this.#pending.likelySeq
    if ((writable || typeof entry.message !== 'function') && !this.#encode(entry)) return
    if (isVolatile && !writable) {
      if (key !== undefined)
        this.#pending.removeWhere((other) => other.key === key && other.delivery.class === 'volatile')
      // Without a key it waits only for a moment, while the channel is full.
      if ((key === undefined && !this.#open) || !this.#pending.hasCapacity()) return this.#pending.failUnsent(entry)
    } else if (!isVolatile && !this.#pending.hasCapacity()) {
      const error = overflow(this.#pending, this.#options, entry.bytes)
      return this.#pending.settle(entry, 'rejected', 'overflow', error)
    }
    if (writable) this.#write(entry)
    else this.#enqueue(entry, expiresInMs)
  }

  #encode(entry: Entry<Out>): boolean {
    const { delivery, message } = entry
    try {
      const value = typeof message === 'function' ? (message as () => Out)() : message
      // What a function made is marked as a repetition, not made a second time.
      if (this.#host.marksAgain === true) entry.message = value
      const { id, seq } = delivery
      const again = entry.writtenAt >= 0
      const settledThrough = seq === undefined ? undefined : this.#pending.settledThrough(seq)
      const mark = seq === undefined && !again ? delivery : { id, seq, settledThrough, again }
      const { wire, bytes } = this.#host.encode(value, mark)
      this.#pending.setSize(entry, bytes)
      entry.wire = wire
      return true
    } catch (cause) {
      const error = coreError('delivery/encode_failed', 'The codec could not encode it.', { cause })
      this.#pending.settle(entry, 'rejected', 'encodeFailed', error)
      return false
    }
  }

  get #isWritable(): boolean {
    return this.#open && !this.#blocked && (!this.#isCareful || this.#pending.written.size === 0)
  }

  #enqueue(entry: Entry<Out>, expiresInMs: number | undefined): void {
    this.#pending.queue.push(entry)
    const takeBack = (error: HoldfastError, kind?: DeliveryReport['kind']): boolean => {
      if (entry.writtenAt >= 0 || entry.delivery.state !== 'queued') return false
      this.#pending.queue.remove(entry)
      this.#pending.settle(entry, 'rejected', kind, error)
      this.#pending.freed()
      return true
    }
    entry.delivery.cancelledBy(() =>
      takeBack(coreError('delivery/cancelled', 'It was cancelled before it was written.')),
    )
    if (expiresInMs === undefined) return
    entry.expiry = this.#host.clock.after(expiresInMs, () =>
      takeBack(coreError('delivery/expired', 'It expired before it was written.'), 'expired'),
    )
  }

  // ---- the way out ------------------------------------------------------------------------------

  /** The connection is being told of: what is sent from here on waits its turn, also what is for now or never. */
  opening(): void {
    this.#open = true
    this.#blocked = true
  }

  /** The connection can be written to. What an earlier connection left unconfirmed goes first. */
  opened(confirms: Confirmation, { continued, received, fenced, restamp, maxMessageBytes }: Session): void {
    this.#confirms = confirms
    this.#maxMessageBytes = maxMessageBytes
    if (fenced === true) this.#clear(coreError('delivery/fenced', 'It was meant for another session.'))
    if (!continued) {
      this.#pending.newEpoch()
    } else if (received !== undefined) {
      this.#pending.removeWhere(
        ({ delivery: { seq }, writtenAt }) => seq !== undefined && seq <= received && writtenAt >= 0,
        (entry) => this.#pending.settle(entry, 'acked'),
      )
      this.#pending.renumber(received)
    }
    if (restamp === true) for (const entry of this.#pending.queue.all()) if (entry.writtenAt < 0) entry.wire = undefined
    this.#open = true
    this.#blocked = false
    this.flush()
  }

  flush(): void {
    while (this.#isWritable) {
      if (this.#isCareful) this.#isCareful = (this.#pending.queue.first?.writtenAt ?? -1) >= 0
      const entry = this.#pending.queue.shift()
      if (entry === undefined) return
      this.#write(entry)
    }
  }

  #write(entry: Entry<Out>): void {
    const { delivery } = entry
    const deliveryClass = delivery.class
    if (entry.writtenAt < 0) this.#pending.number(entry)
    if (entry.writtenAt >= 0 && this.#host.marksAgain === true) entry.wire = undefined
    if (!this.#isSendable(entry)) {
      if (entry.writtenAt < 0) this.#pending.unused(delivery.seq)
      return
    }
    this.#mark += 1
    entry.mark = this.#mark
    entry.writtenAt = this.#host.clock.now()
    entry.expiry?.cancel()
    this.#host.write(entry.wire)
    this.#unchecked += entry.bytes
    if (deliveryClass === 'volatile' || this.#confirms === 'none') {
      this.#pending.settle(entry, 'written')
    } else {
      delivery.settle('written')
      this.#pending.addWritten(entry)
      // A message that is never written twice frees its frames, and remembers when it left instead.
      if (deliveryClass === 'once') entry.wire = undefined
      if (this.#isCareful || this.#isMuch(entry)) this.#host.wanted()
    }
    if (this.#unchecked >= CHECK_BYTES) this.#checkWater()
  }

  #isSendable(entry: Entry<Out>): boolean {
    if (entry.wire === undefined && !this.#encode(entry)) return false
    const error = tooLarge(entry.wire, entry.bytes, this.#maxMessageBytes)
    if (error !== undefined) this.#pending.settle(entry, 'rejected', 'tooLarge', error)
    return error === undefined
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
    this.#pending.confirmIds(ids, refusal)
    this.#confirmed()
  }

  ackedThrough(last: number): void {
    this.#pending.confirmThrough(last)
    this.#confirmed()
  }

  /** A mark for what has been written so far. */
  mark(): number {
    return this.#mark
  }

  /** Everything written before the mark has arrived at the peer. */
  proven(mark: number): void {
    if (this.#confirms !== 'probe') return
    this.#pending.confirmMarked(mark)
    this.#confirmed()
  }

  #confirmed(): void {
    this.#pending.freed()
    if (this.#isCareful) this.flush()
  }

  /** The peer has these and will say more of them: they are not written again, and their ids stay in use. */
  accepted(ids: Iterable<string>): void {
    this.#pending.accept(ids)
  }

  /** The link is gone: tell what is in doubt, keep what may be written again. */
  dropped(): void {
    this.#open = false
    this.#pending.requeue(false)
    this.#pending.removeWhere(({ delivery, key, writtenAt }) =>
      delivery.class === 'volatile' ? key === undefined : writtenAt >= 0 && this.#staysInDoubt(delivery.class),
    )
    this.#pending.onCapacityFreed()
  }

  /** Without the protocol's acks nobody can tell a repetition from a new message: only `retry` is written again. */
  #staysInDoubt(deliveryClass: DeliveryClass): boolean {
    return deliveryClass === 'once' || (deliveryClass === 'ordered' && this.#confirms !== 'ack')
  }

  /**
   * The peer ended the connection with this code. True: it names what was written, and the oldest unconfirmed message is
   * suspected, or was given up after three such endings in a row, the last two alone on its connection. Go on then.
   */
  strike(code: number | undefined): boolean {
    const fate = fateBy(code)
    if (fate === undefined) return false
    const head = this.#pending.queue.first
    if (head === undefined || head.writtenAt < 0) return false
    this.#isCareful = true
    head.strikes += 1
    if (head.strikes < STRIKES) return true
    this.#pending.queue.shift()
    const error = coreError('delivery/poison', `The peer closed with ${code} three times over it.`, {
      details: { closeCode: code, messageBytes: head.bytes },
    })
    this.#pending.settle(head, fate, fate === 'rejected' ? 'poison' : fate, error)
    this.#pending.gaveUp(head.delivery.seq)
    this.#pending.onCapacityFreed()
    return true
  }

  /** A new history: what the old one may hold is in doubt. */
  newEpoch(): void {
    this.#pending.newEpoch()
  }

  /** Messages are taken (again). */
  begin(): void {
    this.#ended = undefined
  }

  /** Nothing will be written any more: settles everything. */
  end(cause?: unknown): void {
    this.#open = false
    this.#ended = coreError('delivery/not_sent', 'It was never written.', { cause })
    this.#clear(this.#ended, cause)
  }

  /** What waits is rejected with this error, what may have arrived is in doubt. */
  #clear(error: HoldfastError, cause?: unknown): void {
    this.#pending.requeue(false)
    this.#pending.requeue(true)
    this.#pending.removeWhere(
      () => true,
      (entry) => this.#pending.failUnsent(entry, error, cause),
    )
    this.#pending.freed()
  }
}
