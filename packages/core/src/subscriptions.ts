import { SENTENCES } from '@holdfast/contract/words'
import type { Gap } from './client-protocol.ts'
import type { ConnectionEvents } from './connection/events.ts'
import type { Status } from './connection/status.ts'
import { finalError } from './connection/status.ts'
import { type Inbox, type InboxOptions, MESSAGE_BYTES, type StreamSource } from './delivery/inbound/inbox.ts'
import {
  items,
  type MessagesOptions,
  messages,
  type Readable,
  type StreamItem,
  type StreamReader,
} from './delivery/inbound/streams.ts'
import type { Done } from './delivery/inbound/taken.ts'
import { coreError } from './errors.ts'
import { Fifo } from './support/fifo.ts'
import type { IdPool } from './support/id-pool.ts'

/** What subscriptions need of a connection. A `Connection` fits. */
export interface SubscriptionLink<In, Out> {
  readonly status: Status
  write(message: Out): boolean
  pauseReading(): () => void
  intercept(interceptor: (message: In, bytes: number, done: Done | undefined) => unknown): () => void
  on<Name extends 'link' | 'status'>(name: Name, listener: (event: ConnectionEvents[Name]) => unknown): () => void
}

/** What a message is to one subscription. */
export type Arrival<Item> =
  | { readonly id: string; readonly item: Item }
  /** The peer has it. */
  | { readonly id: string; readonly begun: true }
  /** Something is missing here: the peer reported it. */
  | { readonly id: string; readonly gap: Gap }
  /** The peer has ended it, with an error or without one. */
  | { readonly id: string; readonly ended: true; readonly error?: unknown }

/** How a wire spells subscriptions. */
export interface SubscriptionRules<In, Out, Spec, Item = In, Position = unknown> {
  /**
   * The message that begins a subscription. Written again on every link, before anything of the queue. `id` is a decimal number
   * that no other subscription of this object has had; `position`: of the last item that arrived, where the rules define
   * positions.
   */
  begin(spec: Spec, about: { readonly id: string; readonly position: Position | undefined }): Out
  /** The message that ends one, where the wire has one. `open`: those that stay, of which one may be of the same topic. */
  end?(id: string, spec: Spec, open: ReadonlyMap<string, Spec>): Out | undefined
  /**
   * Which open subscriptions a message belongs to; undefined: to none. A message for a subscription that is over is dropped, and
   * acknowledged as not read. A message with an unknown id is left to others, such as `Requests` whose answers have the same
   * form.
   */
  of(message: In, open: ReadonlyMap<string, Spec>): Arrival<Item> | readonly Arrival<Item>[] | undefined
  /** The position of an item, where its subscription can continue; undefined: none. Without positions each new link is a gap. */
  position?(item: Item, spec: Spec): Position | undefined
  /**
   * A session that the server continues (`resumed`) still has its subscriptions: those of which something has come are not
   * begun again. @defaultValue false
   */
  readonly outlivesLink?: boolean | undefined
  /** Open at once. @defaultValue 1000 */
  readonly maxCount?: number | undefined
  /** For wires with few ids: one is taken for each subscription, and freed when it is over. @defaultValue '1', '2', '3' … */
  readonly ids?: Pick<IdPool, 'take' | 'free'> | undefined
}

/** How one is opened. */
export interface SubscribeOptions<Position> extends InboxOptions {
  /** Where to continue: passed to `begin` until the first item has arrived. With it no gap is reported before the first item. */
  readonly position?: Position | undefined
}

/** One that is open. */
interface Subscription<Spec, Item, Position> {
  readonly id: string
  readonly spec: Spec
  readonly reader: StreamReader<Item>
  position: Position | undefined
  /** The peer has it, on this link or on one before. */
  isBegun: boolean
  /** Something of it has come: the peer has it. */
  isConfirmed: boolean
  /** What is to be done when its reader is done with an item, in order. */
  readonly taken: Fifo<Done | undefined>
  /** It is full: lets the peer go on. */
  goOn: (() => void) | undefined
  /** Bytes that came since all the same. */
  beyond: number
}

const MOST = 1_000
/** What may come for streams that are full while an answer is expected, which only reading brings. */
const MOST_BEYOND = 8_388_608

/**
 * Subscriptions that survive drops: each is begun once on every link, before the queue, and ended when its reader leaves. Streams
 * are bounded and pause the peer when they are full; items that may be missing become a gap in the stream that misses them.
 */
export class Subscriptions<In, Out, Spec, Item = In, Position = unknown> {
  readonly #link: SubscriptionLink<In, Out>
  readonly #rules: SubscriptionRules<In, Out, Spec, Item, Position>
  readonly #open = new Map<string, Subscription<Spec, Item, Position>>()
  readonly #specs = new Map<string, Spec>()
  readonly #undo: readonly (() => void)[]
  #ids = 0
  #beyond = 0

  constructor(link: SubscriptionLink<In, Out>, rules: SubscriptionRules<In, Out, Spec, Item, Position>) {
    this.#link = link
    this.#rules = rules
    this.#undo = [
      link.intercept((message, bytes, done) => this.#came(message, bytes, done)),
      link.on('link', ({ resumed }) => this.#beginAll(resumed)),
      link.on('status', ({ status }) => {
        if (status.state === 'closed') this.#endAll(finalError(status))
      }),
    ]
  }

  /** Subscriptions that are open. */
  get count(): number {
    return this.#open.size
  }

  /**
   * Items and gaps, in order. Ends on `break`, abort, at the peer's end or with the connection, and throws their error.
   * @throws `subscription/too_many` at the first read; at once `delivery/overflow` where all ids are in use
   */
  open(spec: Spec, options?: SubscribeOptions<Position>): Inbox<StreamItem<Item>> {
    return items(this.#source(spec, options?.position), options)
  }

  /** The items alone, without gaps: for items of which the newest replaces all others. */
  items(spec: Spec, options?: MessagesOptions & Pick<SubscribeOptions<Position>, 'position'>): Inbox<Item> {
    return messages(this.#source(spec, options?.position), options)
  }

  /** Ends all subscriptions and detaches from the connection. */
  dispose(): void {
    for (const undo of this.#undo) undo()
    for (const one of [...this.#open.values()]) {
      this.#left(one)
      one.reader.end()
    }
  }

  #source(spec: Spec, position: Position | undefined): Readable<Item> {
    return {
      attach: (reader) => {
        this.#ids += 1
        const id = this.#rules.ids?.take() ?? String(this.#ids)
        const taken = new Fifo<Done | undefined>()
        const one = {
          id,
          spec,
          reader,
          position,
          isBegun: false,
          isConfirmed: false,
          taken,
          goOn: undefined,
          beyond: 0,
        }
        this.#open.set(id, one)
        this.#specs.set(id, spec)
        this.#added(one)
        return this.#sourceOf(one)
      },
    }
  }

  #sourceOf(one: Subscription<Spec, Item, Position>): StreamSource {
    return {
      canPause: true,
      pause: () => {
        if (this.#open.has(one.id)) one.goOn ??= this.#link.pauseReading()
      },
      resume: () => this.#resume(one),
      taken: (count) => {
        for (let n = 0; n < count; n += 1) one.taken.shift()?.()
      },
      left: () => {
        // Before the peer hears of the end: many wires take no acknowledgement behind it.
        while (one.taken.length > 0) one.taken.shift()?.(false)
        this.#left(one)
      },
    }
  }

  #resume(one: Subscription<Spec, Item, Position>): void {
    this.#beyond -= one.beyond
    one.beyond = 0
    one.goOn?.()
    one.goOn = undefined
  }

  #added(one: Subscription<Spec, Item, Position>): void {
    const { status } = this.#link
    const { maxCount = MOST } = this.#rules
    if (status.state === 'closed') this.#end(one, finalError(status))
    else if (this.#open.size > maxCount)
      this.#end(one, coreError('subscription/too_many', SENTENCES && `${maxCount} subscriptions are open`))
    else this.#begin(one)
  }

  #beginAll(resumed: boolean): void {
    const stays = resumed && this.#rules.outlivesLink === true
    for (const one of [...this.#open.values()]) {
      if (one.isConfirmed && stays) continue
      if (one.isBegun && one.position === undefined) one.reader.gap({ reason: 'reconnected' })
      this.#begin(one)
    }
  }

  #begin(one: Subscription<Spec, Item, Position>): void {
    const { id, spec, position } = one
    try {
      if (this.#link.write(this.#rules.begin(spec, { id, position }))) one.isBegun = true
    } catch (error) {
      this.#end(one, error)
    }
  }

  #came(message: In, bytes: number, done: Done | undefined): boolean | 'later' {
    const found = this.#rules.of(message, this.#specs)
    if (found === undefined) return false
    const arrivals: readonly Arrival<Item>[] = 'length' in found ? found : [found]
    if (arrivals.length > 0 && !arrivals.some(({ id }) => this.#isOwn(id))) return false
    const count = arrivals.filter((arrival) => 'item' in arrival && this.#open.has(arrival.id)).length
    if (count === 0) done?.(!arrivals.some((arrival) => 'item' in arrival))
    const taken = done === undefined ? undefined : whenAll(count, done)
    for (const arrival of arrivals) this.#give(arrival, bytes, taken)
    return done === undefined ? true : 'later'
  }

  /** Whether it was ever an id of one of these: it may be over. */
  #isOwn(id: string): boolean {
    return this.#rules.ids !== undefined || this.#open.has(id) || Number(id) <= this.#ids
  }

  #give(arrival: Arrival<Item>, bytes: number, taken: Done | undefined): void {
    const one = this.#open.get(arrival.id)
    if (one === undefined) return
    one.isConfirmed = true
    if ('begun' in arrival) return
    if ('ended' in arrival) return this.#end(one, arrival.error)
    if ('gap' in arrival) return one.reader.gap(arrival.gap)
    one.position = this.#rules.position?.(arrival.item, one.spec) ?? one.position
    if (one.goOn !== undefined && this.#isTooMuch(one, bytes + MESSAGE_BYTES)) return void taken?.(false)
    one.taken.push(taken)
    one.reader.push(arrival.item, bytes)
  }

  /** It is full, and reading continues since an answer is expected. Too much: its stream ends behind what it has, and says why. */
  #isTooMuch(one: Subscription<Spec, Item, Position>, bytes: number): boolean {
    one.beyond += bytes
    this.#beyond += bytes
    if (this.#beyond <= MOST_BEYOND) return false
    this.#left(one)
    one.reader.end(coreError('inbox/overflow', SENTENCES && 'Its reader is full, and reading went on for an answer'))
    return true
  }

  /** The peer, or the connection, has ended it. */
  #end(one: Subscription<Spec, Item, Position>, error: unknown): void {
    this.#forget(one)
    one.reader.end(error)
  }

  #endAll(error: unknown): void {
    for (const one of [...this.#open.values()]) this.#end(one, error)
  }

  /** Its reader has. */
  #left(one: Subscription<Spec, Item, Position>): void {
    if (!this.#forget(one) || !one.isBegun) return
    const message = this.#rules.end?.(one.id, one.spec, this.#specs)
    if (message !== undefined) this.#link.write(message)
  }

  #forget(one: Subscription<Spec, Item, Position>): boolean {
    this.#resume(one)
    this.#specs.delete(one.id)
    if (!this.#open.delete(one.id)) return false
    this.#rules.ids?.free(one.id)
    return true
  }
}

/** Runs `done` when it was called so often. One reader that has read it is enough. */
function whenAll(count: number, done: Done): Done {
  let left = count
  let isReadByOne = false
  return (isRead = true) => {
    isReadByOne ||= isRead
    return --left === 0 ? done(isReadByOne) : undefined
  }
}
