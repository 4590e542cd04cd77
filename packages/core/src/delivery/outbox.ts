import type { HoldfastError } from '@holdfast/contract'
import type { DeliveryClass } from '../client-protocol.ts'
import { coreError } from '../errors.ts'
import { type Deferred, deferred } from '../support/deferred.ts'
import { Fifo } from '../support/fifo.ts'
import { Delivery, type Entry } from './delivery.ts'
import { type DeliveryReport, DeliveryReports } from './delivery-reports.ts'
import type { Confirmation, OutboxHost, OutboxOptions, SendOptions } from './outbox-host.ts'

const IN_DOUBT = 'It was written but not confirmed; it may have arrived.'
/** The channel's buffer is looked at after this many bytes, not at every message. */
const CHECK_BYTES = 65_536
/** Written, unacknowledged and the connection dropped this soon after: suspected of being the cause. */
const POISON_MS = 5_000

/** Bounded, ordered, honest: every message that goes in comes out as acknowledged, rejected, in doubt or (volatile) dropped. */
export class Outbox<Out> {
  readonly #host: OutboxHost<Out>
  readonly #options: OutboxOptions
  readonly #byDefault: DeliveryClass
  readonly #queue = new Fifo<Entry<Out>>()
  /** Written and unconfirmed, in the order of writing. */
  readonly #written = new Map<string, Entry<Out>>()
  #bytes = 0
  #seq = 0
  #mark = 0
  #open = false
  #blocked = false
  #unchecked = 0
  #confirms: Confirmation = 'none'
  #room: Deferred<void> | undefined
  #ended: HoldfastError | undefined
  readonly #reports: DeliveryReports

  constructor(host: OutboxHost<Out>, options: OutboxOptions, byDefault: DeliveryClass) {
    this.#host = host
    this.#options = options
    this.#byDefault = byDefault
    this.#reports = new DeliveryReports(host)
  }

  /** Messages that wait or are unconfirmed. */
  get count(): number {
    return this.#queue.length + this.#written.size
  }

  get bytes(): number {
    return this.#bytes
  }

  get unconfirmed(): number {
    return this.#written.size
  }

  send(message: Out | (() => Out), options: SendOptions | undefined): Delivery {
    const deliveryClass = options?.delivery ?? this.#byDefault
    const delivery = new Delivery(options?.id ?? this.#host.newId(), deliveryClass, this.#host)
    const entry = newEntry(delivery, message, options?.key)
    if (this.#ended !== undefined) {
      this.#settle(entry, 'rejected', this.#ended, 'notSent')
      return delivery
    }
    if (deliveryClass === 'ordered') delivery.seq = this.#seq + 1
    const writable = this.#open && !this.#blocked && this.#queue.length === 0
    if (typeof message !== 'function' || writable) {
      if (!this.#encode(entry)) return delivery
    }
    if (deliveryClass === 'volatile' && !writable && !this.#holdVolatile(entry)) return delivery
    if (deliveryClass !== 'volatile' && !this.#fits(entry)) return this.#overflow(entry)
    if (deliveryClass === 'ordered') this.#seq += 1
    this.#bytes += entry.bytes
    if (writable) this.#write(entry)
    else this.#enqueue(entry, options?.expiresInMs)
    return delivery
  }

  /** Resolves when one more message fits. Await it to be slowed down instead of rejected. */
  room(): Promise<void> {
    if (this.#hasRoom()) return Promise.resolve()
    this.#room ??= deferred()
    return this.#room.promise
  }

  /** The connection can be written to. What an earlier connection left unconfirmed goes first. */
  opened(
    confirms: Confirmation,
    session: {
      readonly continued: boolean
      readonly received?: number | undefined
      readonly fenced?: boolean | undefined
    },
  ): void {
    this.#confirms = confirms
    if (session.fenced === true) this.#clear(coreError('delivery/fenced', 'It was meant for another session.'))
    if (session.continued) {
      const { received } = session
      if (received !== undefined) {
        this.#retain((entry) => !this.#ackedBy(entry, received))
        this.#number(received)
      }
    } else {
      this.newEpoch()
    }
    this.#open = true
    this.#blocked = false
    this.flush()
  }

  /** Writes wait; what is unconfirmed may still be confirmed. */
  pause(): void {
    this.#open = false
  }

  /** The link is gone: tell what is in doubt, keep what may be written again. */
  dropped(): void {
    this.#open = false
    const kept: Entry<Out>[] = []
    for (const entry of this.#written.values()) {
      if (this.#staysInDoubt(entry)) this.#settle(entry, 'inDoubt', coreError('delivery/in_doubt', IN_DOUBT), 'inDoubt')
      else kept.push(entry)
    }
    this.#written.clear()
    this.#queue.replace([...kept, ...this.#queue.all()])
    this.#retain((entry) => {
      if (entry.delivery.class !== 'volatile' || entry.key !== undefined) return true
      this.#settle(entry, 'dropped', undefined, 'dropped')
      return false
    })
  }

  /** The server ended the connection in a way that the oldest unconfirmed message may have caused. True: it was taken out. */
  strike(): boolean {
    const head = this.#queue.first
    if (head === undefined || head.delivery.class !== 'retry') return false
    if (head.writtenAt < 0 || this.#host.clock.now() - head.writtenAt > POISON_MS) return false
    head.strikes += 1
    if (head.strikes < 2) return false
    this.#queue.shift()
    this.#settle(
      head,
      'rejected',
      coreError('delivery/poison', 'The server ended the connection twice over it.'),
      'poison',
    )
    return true
  }

  /** The peer has these, or will not take them. */
  ackedIds(ids: Iterable<string>, refusal?: HoldfastError): void {
    for (const id of ids) {
      const entry = this.#written.get(id)
      if (entry === undefined) continue
      this.#written.delete(id)
      this.#settle(entry, refusal === undefined ? 'acked' : 'rejected', refusal)
    }
    this.#lighter()
  }

  ackedThrough(seq: number): void {
    for (const [id, entry] of this.#written) {
      if (entry.delivery.seq === undefined) continue
      if (entry.delivery.seq > seq) break
      this.#written.delete(id)
      this.#settle(entry, 'acked')
    }
    this.#lighter()
  }

  /** A mark for what has been written so far. */
  mark(): number {
    return this.#mark
  }

  /** Everything written before the mark has arrived at the peer. */
  proven(mark: number): void {
    if (this.#confirms !== 'probe') return
    for (const [id, entry] of this.#written) {
      if (entry.mark > mark) break
      this.#written.delete(id)
      this.#settle(entry, 'acked')
    }
    this.#lighter()
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
    const inDoubt = coreError('delivery/in_doubt', IN_DOUBT, { cause })
    for (const entry of this.#written.values()) this.#settle(entry, 'inDoubt', inDoubt, 'inDoubt')
    this.#written.clear()
    for (const entry of this.#queue.all()) {
      if (entry.delivery.class === 'ordered' && entry.writtenAt < 0) this.#seq -= 1
      if (entry.delivery.class === 'volatile') this.#settle(entry, 'dropped', undefined, 'dropped')
      else if (entry.writtenAt >= 0) this.#settle(entry, 'inDoubt', inDoubt, 'inDoubt')
      else this.#settle(entry, 'rejected', error, 'notSent')
    }
    this.#queue.replace([])
    this.#lighter()
  }

  flush(): void {
    while (this.#open && !this.#blocked) {
      const entry = this.#queue.shift()
      if (entry === undefined) return
      if (entry.wire === undefined) {
        const before = entry.bytes
        if (!this.#encode(entry)) {
          this.#closeRanks(entry)
          continue
        }
        this.#bytes += entry.bytes - before
      }
      this.#write(entry)
    }
  }

  // ---- the way in -------------------------------------------------------------------------------

  #encode(entry: Entry<Out>): boolean {
    const { delivery, message } = entry
    try {
      const value = typeof message === 'function' ? (message as () => Out)() : message
      const { wire, bytes } = this.#host.encode(value, delivery)
      entry.wire = wire
      entry.bytes = bytes
      return true
    } catch (cause) {
      this.#settle(
        entry,
        'rejected',
        coreError('delivery/encode_failed', 'The codec could not encode it.', { cause }),
        'encodeFailed',
      )
      return false
    }
  }

  #fits(entry: Entry<Out>): boolean {
    return this.count < this.#options.maxCount && this.#bytes + entry.bytes <= this.#options.maxBytes
  }

  #hasRoom(): boolean {
    return this.count < this.#options.maxCount && this.#bytes < this.#options.maxBytes
  }

  #overflow(entry: Entry<Out>): Delivery {
    const { maxCount, maxBytes } = this.#options
    const details = { count: this.count, bytes: this.#bytes, maxCount, maxBytes, messageBytes: entry.bytes }
    const what = `${details.count} messages, ${details.bytes} bytes are waiting; ${entry.bytes} more do not fit`
    entry.bytes = 0
    this.#settle(entry, 'rejected', coreError('delivery/overflow', what, { details }), 'overflow')
    return entry.delivery
  }

  /** A volatile message that cannot be written now is kept only under a key, or for a moment while the channel is full. */
  #holdVolatile(entry: Entry<Out>): boolean {
    if (entry.key !== undefined) {
      this.#retain((other) => {
        if (other.key !== entry.key || other.delivery.class !== 'volatile') return true
        this.#settle(other, 'dropped', undefined, 'dropped')
        return false
      })
    } else if (!this.#open) {
      this.#drop(entry)
      return false
    }
    if (this.#fits(entry)) return true
    this.#drop(entry)
    return false
  }

  #drop(entry: Entry<Out>): void {
    entry.bytes = 0
    this.#settle(entry, 'dropped', undefined, 'dropped')
  }

  #enqueue(entry: Entry<Out>, expiresInMs: number | undefined): void {
    this.#queue.push(entry)
    const takeBack = (error: HoldfastError, kind?: DeliveryReport['kind']): boolean => {
      if (entry.writtenAt >= 0 || entry.delivery.state !== 'queued') return false
      this.#retain((other) => other !== entry)
      this.#closeRanks(entry)
      this.#settle(entry, 'rejected', error, kind)
      this.#lighter()
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

  #write(entry: Entry<Out>): void {
    const { delivery } = entry
    const deliveryClass = delivery.class
    entry.writtenAt = this.#host.clock.now()
    this.#mark += 1
    entry.mark = this.#mark
    entry.expiry?.cancel()
    this.#host.write(entry.wire)
    this.#unchecked += entry.bytes
    if (deliveryClass === 'volatile' || this.#confirms === 'none') {
      this.#bytes -= entry.bytes
      delivery.settle('written', undefined, true)
    } else {
      delivery.settle('written')
      this.#written.set(delivery.id, entry)
      // A message that is never written twice frees its frames, and remembers when it left instead.
      if (deliveryClass === 'once') entry.wire = undefined
      if (this.#written.size === this.#options.maxCount >> 2) this.#host.wanted()
    }
    if (this.#unchecked >= CHECK_BYTES) this.#checkWater()
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

  /** Without the protocol's acks nobody can tell a repetition from a new message: only `retry` is written again. */
  #staysInDoubt(entry: Entry<Out>): boolean {
    const deliveryClass = entry.delivery.class
    return deliveryClass === 'once' || (deliveryClass === 'ordered' && this.#confirms !== 'ack')
  }

  // ---- settling ---------------------------------------------------------------------------------

  #ackedBy(entry: Entry<Out>, received: number): boolean {
    const { seq } = entry.delivery
    if (seq === undefined || seq > received || entry.writtenAt < 0) return false
    this.#settle(entry, 'acked')
    return true
  }

  /** A new history: what the old one may hold is in doubt, and numbering starts at 1. */
  newEpoch(): void {
    this.#retain((entry) => {
      const { delivery } = entry
      if (delivery.class !== 'ordered' || entry.writtenAt < 0) return true
      const error = coreError('delivery/in_doubt', IN_DOUBT, { details: { seq: delivery.seq } })
      this.#settle(entry, 'inDoubt', error, 'inDoubt')
      return false
    })
    this.#number(0)
  }

  /** An ordered message will never be written: those behind it move up, since the peer takes no holes. */
  #closeRanks({ delivery: { seq: gone } }: Entry<Out>): void {
    if (gone === undefined) return
    const first = this.#queue.all().find((entry) => entry.delivery.seq !== undefined)
    this.#number(Math.min(gone, first?.delivery.seq ?? gone) - 1)
  }

  /** What waits in order is numbered from `last` on. */
  #number(last: number): void {
    this.#seq = last
    for (const entry of this.#queue.all()) {
      const { delivery } = entry
      if (delivery.class !== 'ordered') continue
      this.#seq += 1
      if (delivery.seq === this.#seq) continue
      delivery.seq = this.#seq
      entry.wire = undefined
    }
  }

  #retain(keep: (entry: Entry<Out>) => boolean): void {
    this.#queue.replace(this.#queue.all().filter(keep))
  }

  #settle(
    entry: Entry<Out>,
    state: 'acked' | 'inDoubt' | 'rejected' | 'dropped',
    error?: HoldfastError,
    kind?: DeliveryReport['kind'],
  ): void {
    this.#bytes -= entry.bytes
    entry.bytes = 0
    entry.wire = undefined
    entry.expiry?.cancel()
    entry.delivery.settle(state, error)
    if (kind !== undefined) this.#reports.add(kind, entry.delivery.id)
  }

  #lighter(): void {
    if (this.#room !== undefined && this.#hasRoom()) {
      this.#room.resolve()
      this.#room = undefined
    }
    if (this.count === 0) this.#host.empty()
  }
}

function newEntry<Out>(delivery: Delivery, message: Out | (() => Out), key: string | undefined): Entry<Out> {
  return { delivery, message, key, bytes: 0, wire: undefined, writtenAt: -1, mark: 0, strikes: 0, expiry: undefined }
}
