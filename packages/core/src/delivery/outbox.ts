import type { HoldfastError } from '@holdfast/contract'
import type { DeliveryClass, DeliveryRules } from '../client-protocol.ts'
import { coreError } from '../errors.ts'
import { Delivery, type Entry } from './delivery.ts'
import type { DeliveryReport } from './delivery-reports.ts'
import { MESSAGE_BYTES } from './inbox.ts'
import { Kept } from './kept.ts'
import type { Confirmation, OutboxHost, OutboxOptions, SendOptions } from './outbox-host.ts'

/** The channel's buffer is looked at after this many bytes, not at every message. */
const CHECK_BYTES = 65_536
/** Endings in a row that name a message or its size, and it is given up. */
const STRIKES = 3
/** The peer says with these that it did not take it: too large, or of a kind that it does not take. */
const NOT_TAKEN: readonly number[] = [1003, 1007, 1009, 4400]
/** With this it may have. */
const PROTOCOL_ERROR = 1002

/** What the handshake said of the session that is written into. */
interface Session {
  readonly continued: boolean
  readonly received?: number | undefined
  readonly fenced?: boolean | undefined
  readonly restamp?: boolean | undefined
  readonly maxMessageBytes?: number | undefined
}

/** Bounded, ordered, honest: every message that goes in comes out as acknowledged, rejected, in doubt or (volatile) dropped. */
export class Outbox<Out> extends Kept<Out> {
  readonly #byDefault: DeliveryClass
  /** Numbers are for the life of this outbox, and `retry` has them too. */
  readonly #numbersAll: boolean
  /** The last number that a message was written under. */
  #seq = 0
  #maxMessageBytes = Number.POSITIVE_INFINITY
  #mark = 0
  #open = false
  #blocked = false
  #unchecked = 0
  /** The part of the bounds that was written since a confirmation was last asked for. */
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
    super(host, options)
    this.#byDefault = rules?.byDefault ?? 'once'
    this.#numbersAll = rules?.numbers === 'sender'
  }

  // ---- the way in -------------------------------------------------------------------------------

  send(message: Out | (() => Out), options?: SendOptions): Delivery {
    const deliveryClass = options?.delivery ?? this.#byDefault
    const delivery = new Delivery(options?.id ?? this.host.newId(), deliveryClass, this.host)
    const entry = newEntry(delivery, message, options?.key)
    if (this.#ended !== undefined) this.settle(entry, 'rejected', 'notSent', this.#ended)
    else this.#take(entry, deliveryClass === 'volatile', options?.expiresInMs)
    return delivery
  }

  #take(entry: Entry<Out>, isVolatile: boolean, expiresInMs: number | undefined): void {
    const { delivery, key } = entry
    const writable = this.#isWritable && this.queue.length === 0
    // A guess while it waits: right where everything before it is ordered too.
    if (this.#isNumbered(delivery.class)) delivery.seq = this.#seq + this.queue.length + 1
    if ((writable || typeof entry.message !== 'function') && !this.#encode(entry)) return
    if (isVolatile && !writable) {
      if (key !== undefined) this.takeOut((other) => other.key === key && other.delivery.class === 'volatile')
      // Without a key it waits only for a moment, while the channel is full.
      if ((key === undefined && !this.#open) || !this.fits) return this.lose(entry)
    } else if (!isVolatile && !this.fits) {
      return this.#overflow(entry)
    }
    if (writable) this.#write(entry)
    else this.#enqueue(entry, expiresInMs)
  }

  #encode(entry: Entry<Out>): boolean {
    const { delivery, message } = entry
    try {
      const value = typeof message === 'function' ? (message as () => Out)() : message
      // What a function made is marked as a repetition, not made a second time.
      if (this.host.marksAgain === true) entry.message = value
      const { id, seq } = delivery
      const again = entry.writtenAt >= 0
      const settledThrough = seq === undefined ? undefined : this.#settledThrough(seq)
      const mark = seq === undefined && !again ? delivery : { id, seq, settledThrough, again }
      const { wire, bytes } = this.host.encode(value, mark)
      this.weigh(entry, bytes)
      entry.wire = wire
      return true
    } catch (cause) {
      const error = coreError('delivery/encode_failed', 'The codec could not encode it.', { cause })
      this.settle(entry, 'rejected', 'encodeFailed', error)
      return false
    }
  }

  #isNumbered(deliveryClass: DeliveryClass): boolean {
    return deliveryClass === 'ordered' || (this.#numbersAll && deliveryClass === 'retry')
  }

  /** Everything before the first number that is not settled; `own` is not. */
  #settledThrough(own: number): number {
    for (const { delivery } of this.written.values()) if (delivery.seq !== undefined) return delivery.seq - 1
    const oldest = this.queue.find(({ delivery }) => delivery.seq !== undefined)
    return Math.min(own, oldest?.delivery.seq ?? own) - 1
  }

  get #isWritable(): boolean {
    return this.#open && !this.#blocked && (!this.#isCareful || this.written.size === 0)
  }

  #overflow(entry: Entry<Out>): void {
    const { count } = this
    const { maxCount, maxBytes } = this.options
    const messageBytes = entry.bytes
    const bytes = this.bytes - messageBytes
    const what = `${count} messages, ${bytes} bytes are waiting; ${messageBytes} more do not fit (each counts ${MESSAGE_BYTES} more)`
    const details = { count, bytes, maxCount, maxBytes, messageBytes }
    this.settle(entry, 'rejected', 'overflow', coreError('delivery/overflow', what, { details }))
  }

  #enqueue(entry: Entry<Out>, expiresInMs: number | undefined): void {
    this.queue.push(entry)
    const takeBack = (error: HoldfastError, kind?: DeliveryReport['kind']): boolean => {
      if (entry.writtenAt >= 0 || entry.delivery.state !== 'queued') return false
      this.queue.remove(entry)
      this.settle(entry, 'rejected', kind, error)
      this.lighter()
      return true
    }
    entry.delivery.cancelledBy(() =>
      takeBack(coreError('delivery/cancelled', 'It was cancelled before it was written.')),
    )
    if (expiresInMs === undefined) return
    entry.expiry = this.host.clock.after(expiresInMs, () =>
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
    this.#maxMessageBytes = maxMessageBytes ?? Number.POSITIVE_INFINITY
    if (fenced === true) this.#clear(coreError('delivery/fenced', 'It was meant for another session.'))
    if (!continued) {
      this.newEpoch()
    } else if (received !== undefined) {
      this.takeOut(
        ({ delivery: { seq }, writtenAt }) => seq !== undefined && seq <= received && writtenAt >= 0,
        (entry) => this.settle(entry, 'acked'),
      )
      this.#number(received)
    }
    if (restamp === true) for (const entry of this.queue.all()) if (entry.writtenAt < 0) entry.wire = undefined
    this.#open = true
    this.#blocked = false
    this.flush()
  }

  flush(): void {
    while (this.#isWritable) {
      if (this.#isCareful) this.#isCareful = (this.queue.first?.writtenAt ?? -1) >= 0
      const entry = this.queue.shift()
      if (entry === undefined) return
      this.#write(entry)
    }
  }

  #write(entry: Entry<Out>): void {
    const { delivery } = entry
    const deliveryClass = delivery.class
    if (this.#isNumbered(deliveryClass) && entry.writtenAt < 0) this.#follow(entry)
    if (entry.writtenAt >= 0 && this.host.marksAgain === true) entry.wire = undefined
    if ((entry.wire === undefined && !this.#encode(entry)) || this.#isTooLarge(entry)) {
      // Those behind it move up, since the peer takes no holes.
      if (delivery.seq !== undefined && entry.writtenAt < 0) this.#number(delivery.seq - 1)
      return
    }
    this.#mark += 1
    entry.mark = this.#mark
    entry.writtenAt = this.host.clock.now()
    entry.expiry?.cancel()
    this.host.write(entry.wire)
    this.#unchecked += entry.bytes
    if (deliveryClass === 'volatile' || this.#confirms === 'none') {
      this.settle(entry, 'written')
    } else {
      delivery.settle('written')
      this.unconfirm(entry)
      // A message that is never written twice frees its frames, and remembers when it left instead.
      if (deliveryClass === 'once') entry.wire = undefined
      if (this.#isCareful || this.#isMuch(entry)) this.host.wanted()
    }
    if (this.#unchecked >= CHECK_BYTES) this.#checkWater()
  }

  /** A quarter of what there is room for was written since the peer was last asked whether it has it. */
  #isMuch({ bytes }: Entry<Out>): boolean {
    const { maxCount = Number.POSITIVE_INFINITY, maxBytes } = this.options
    this.#unasked += Math.max(1 / maxCount, (bytes + MESSAGE_BYTES) / maxBytes)
    if (this.#unasked < 0.25) return false
    this.#unasked = 0
    return true
  }

  /** The peer has told what it takes: what it would refuse is refused here. */
  #isTooLarge(entry: Entry<Out>): boolean {
    const { bytes, wire } = entry
    const maxBytes = this.#maxMessageBytes
    // A character has three bytes at most.
    if (bytes * 3 <= maxBytes) return false
    const size = typeof wire === 'string' ? utf8Bytes(wire) : bytes
    if (size <= maxBytes) return false
    const what = `It has ${size} bytes, the peer takes ${maxBytes} (maxMessageBytes).`
    this.settle(
      entry,
      'rejected',
      'tooLarge',
      coreError('delivery/too_large', what, { details: { limit: 'maxMessageBytes', bytes: size, maxBytes } }),
    )
    return true
  }

  #checkWater(): void {
    this.#unchecked = 0
    if (this.host.bufferedBytes() < this.options.highWaterBytes) return
    this.#blocked = true
    this.host.drained().then(
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

  // ---- numbers ----------------------------------------------------------------------------------

  /** What was written before and will be written again follows `last` without holes; the rest does when it is written. */
  #number(last: number): void {
    this.#seq = last
    for (const entry of this.queue.all())
      if (this.#isNumbered(entry.delivery.class) && entry.writtenAt >= 0) this.#follow(entry)
  }

  #follow(entry: Entry<Out>): void {
    this.#seq += 1
    if (entry.delivery.seq === this.#seq) return
    entry.delivery.seq = this.#seq
    entry.wire = undefined
  }

  /** A new history: what the old one may hold is in doubt, and numbering starts at 1. */
  newEpoch(): void {
    this.recallAccepted()
    this.takeOut((entry) => entry.isAccepted || (entry.delivery.class === 'ordered' && entry.writtenAt >= 0))
    if (!this.#numbersAll) this.#seq = 0
  }

  // ---- what becomes of it -----------------------------------------------------------------------

  /** The peer has these, or will not take them. */
  ackedIds(ids: Iterable<string>, refusal?: HoldfastError): void {
    for (const id of ids) {
      const entry = this.written.get(id)
      if (entry !== undefined) this.acked(entry, refusal)
    }
    this.#confirmed()
  }

  ackedThrough(last: number): void {
    for (const entry of this.written.values()) {
      const { seq } = entry.delivery
      if (seq === undefined) continue
      if (seq > last) break
      this.acked(entry)
    }
    this.#confirmed()
  }

  /** A mark for what has been written so far. */
  mark(): number {
    return this.#mark
  }

  /** Everything written before the mark has arrived at the peer. */
  proven(mark: number): void {
    if (this.#confirms !== 'probe') return
    for (const entry of this.written.values()) {
      if (entry.mark > mark) break
      this.acked(entry)
    }
    this.#confirmed()
  }

  #confirmed(): void {
    this.lighter()
    if (this.#isCareful) this.flush()
  }

  /** The peer has these and will say more of them: they are not written again, and their ids stay in use. */
  accepted(ids: Iterable<string>): void {
    for (const id of ids) {
      const entry = this.written.get(id)
      if (entry !== undefined) entry.isAccepted = true
    }
  }

  /** The link is gone: tell what is in doubt, keep what may be written again. */
  dropped(): void {
    this.#open = false
    this.recall()
    this.takeOut(({ delivery, key, writtenAt }) =>
      delivery.class === 'volatile' ? key === undefined : writtenAt >= 0 && this.#staysInDoubt(delivery.class),
    )
    this.makeRoom()
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
    const wasTaken = code !== undefined && NOT_TAKEN.includes(code) ? 'rejected' : 'inDoubt'
    if (code === undefined || (wasTaken === 'inDoubt' && code !== PROTOCOL_ERROR)) return false
    const head = this.queue.first
    if (head === undefined || head.writtenAt < 0) return false
    this.#isCareful = true
    head.strikes += 1
    if (head.strikes < STRIKES) return true
    this.queue.shift()
    const error = coreError('delivery/poison', `The peer closed with ${code} three times over it.`, {
      details: { closeCode: code, messageBytes: head.bytes },
    })
    this.settle(head, wasTaken, wasTaken === 'rejected' ? 'poison' : 'inDoubt', error)
    const { seq } = head.delivery
    if (seq !== undefined && !this.#numbersAll) this.#number(seq - 1)
    this.makeRoom()
    return true
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
    this.recall()
    this.recallAccepted()
    this.takeOut(
      () => true,
      (entry) => this.lose(entry, error, cause),
    )
    this.lighter()
  }
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length
}

function newEntry<Out>(delivery: Delivery, message: Out | (() => Out), key: string | undefined): Entry<Out> {
  return {
    delivery,
    message,
    key,
    bytes: 0,
    wire: undefined,
    writtenAt: -1,
    mark: 0,
    strikes: 0,
    isAccepted: false,
    expiry: undefined,
  }
}
