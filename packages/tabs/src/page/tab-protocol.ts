import {
  type Cause,
  type ClientProtocol,
  type Clock,
  type HandshakeLink,
  type HandshakeResult,
  HoldfastError,
  type ProtocolContext,
  type RetryDecision,
  type Timer,
  type WebSocketFrame,
} from '@holdfast/core'
import type { DeliveryMark, ForApp } from '@holdfast/core/protocol'
import type { MessageCodec } from '../codecs.ts'
import { TabsError } from '../errors.ts'
import {
  join,
  type SerializedError,
  type SharedPosition,
  split,
  type TabPlace,
  type ToHost,
  type ToTab,
} from '../wire.ts'

/** What the handshake of a tab returns: `connection.ready`. */
export interface TabReady extends HandshakeResult {
  /** What the host's `about()` returned. */
  readonly about?: unknown
}

/** The protocol of a tab, and how far its app is. */
export interface TabProtocol<In, Out> extends ClientProtocol<In, Out, WebSocketFrame, WebSocketFrame, TabReady> {
  /**
   * The place of the last message that the app of this tab is done with, or where the tab began; never ahead of what was handed on.
   * Undefined: nothing has a place yet.
   */
  readonly position: () => SharedPosition | undefined
  /** A tab that begins gets what comes after this, as far as it is there; else a gap. Without effect once it has begun. */
  readonly startAfter: (at: SharedPosition) => void
}

/** What the protocol of a tab needs. */
export interface TabProtocolOptions<In, Out> {
  readonly tab: string
  readonly codec: MessageCodec<In, Out>
  readonly clock: Clock
  readonly windowBytes: number
}

/** Items that are acknowledged together; fewer wait for `ACK_MS`. */
const ACK_COUNT = 32
const ACK_MS = 50

/** A host that is gone is not waited for: the next is there in a moment. In milliseconds. */
const RETRY_MS = 20

/** The connection that is shared waits for the app, or is over. */
class SharedOver extends HoldfastError {
  readonly park: boolean

  constructor({ code, message }: SerializedError, park: boolean) {
    super(code, message)
    this.park = park
  }
}

/** The wire between a tab and its host, as the engine of the tab sees it. For one connection. */
export function tabProtocol<In, Out>(options: TabProtocolOptions<In, Out>): TabProtocol<In, Out> {
  const side = new TabSide<In, Out>(options)
  // An object of its own: who extends a protocol spreads it.
  return {
    name: 'tabs',
    codec: {
      decode: (frame) => side.decode(frame),
      encode: (message) => side.encode(message),
    },
    delivery: { byDefault: 'ordered', stamp: (message, mark) => side.stamp(message, mark) },
    handshake: (link) => side.handshake(link),
    receive: (message, context) => side.receive(message, context),
    retryPolicy: (cause) => side.retryPolicy(cause),
    position: () => side.shown,
    startAfter: (at) => side.startAfter(at),
  }
}

class TabSide<In, Out> {
  readonly #options: TabProtocolOptions<In, Out>
  /** Control messages. An engine passes on messages that it does not read. */
  readonly #headsIn = new WeakMap<object, ToTab>()
  readonly #headsOut = new WeakMap<object, ToHost>()
  #place: TabPlace | undefined
  /** Items of the state to begin with that have not come yet. */
  #stateLeft = 0
  /** Handed on, and not done with. */
  #undone = 0
  /** Where the app is. */
  shown: SharedPosition | undefined
  #isOver = false
  /** Of the message that was decoded last, which is handed on at once. */
  #n = 0
  #bytes = 0
  #mark: DeliveryMark | undefined
  /** Links so far: what came by an earlier one has other numbers. */
  #link = 0
  #processed = { n: 0, count: 0, bytes: 0 }
  #ack: Timer | undefined

  constructor(options: TabProtocolOptions<In, Out>) {
    this.#options = options
  }

  startAfter(at: SharedPosition): void {
    this.#place ??= { host: '', n: 0, life: 0, at }
    this.shown ??= at
  }

  // ---- frames -----------------------------------------------------------------------------------

  decode(frame: WebSocketFrame): ReturnType<MessageCodec<In, Out>['decode']> {
    const { head, body } = split<ToTab>(frame)
    if (head.t !== 'item') {
      this.#headsIn.set(head, head)
      const message: unknown = head
      return { ok: true, message: message as In }
    }
    this.#moveTo(head.n, head.at)
    this.#n = head.n
    this.#bytes = frame.length
    const decoded = this.#options.codec.decode(body)
    if (!decoded.ok) this.#processed.bytes += frame.length
    return decoded
  }

  stamp(message: Out, mark: DeliveryMark): Out {
    this.#mark = mark
    return message
  }

  encode(message: Out): WebSocketFrame {
    const head = this.#headsOut.get(Object(message))
    if (head !== undefined) return join(head)
    const { id, seq } = this.#mark ?? {}
    this.#mark = undefined
    return join({ t: 'send', id, once: seq === undefined || undefined }, this.#options.codec.encode(message))
  }

  #headMessage(head: ToHost): Out {
    this.#headsOut.set(head, head)
    const message: unknown = head
    return message as Out
  }

  // ---- a link -----------------------------------------------------------------------------------

  async handshake(link: HandshakeLink<In, Out>): Promise<TabReady> {
    const known = this.#stateLeft > 0 ? undefined : this.#place?.at
    const place = this.#place && { ...this.#place, needsState: this.#stateLeft > 0 || undefined }
    link.send(this.#headMessage({ t: 'hello', tab: this.#options.tab, place, again: this.#isOver }))
    this.#isOver = false
    const { n, life, host, resumed, at, acks, gap, about, first = 0 } = await this.#awaitWelcome(link)
    this.#place = { host, n, life, at: resumed ? (known ?? at) : at }
    this.#stateLeft = first
    if (first === 0) this.shown ??= this.#place.at
    this.#link += 1
    this.#ack?.cancel()
    this.#ack = undefined
    this.#processed = { n, count: 0, bytes: 0 }
    link.send(this.#headMessage({ t: 'go' }))
    return { resumed, acks, gap, about }
  }

  async #awaitWelcome(link: HandshakeLink<In, Out>): Promise<Extract<ToTab, { t: 'welcome' }>> {
    let awaited = 'its host'
    for (;;) {
      const head = this.#headsIn.get(Object(await link.next((message) => this.#headsIn.has(Object(message)), awaited)))
      if (head?.t === 'welcome') return head
      if (head?.t === 'wait') awaited = `the connection that the tabs share (${head.why})`
      if (head?.t === 'over' || head?.t === 'down') throw this.#failure(head)
    }
  }

  receive(message: In, context: ProtocolContext<Out>): boolean | ForApp {
    const head = this.#headsIn.get(Object(message))
    if (head === undefined) return this.#item(context)
    switch (head.t) {
      case 'acked':
        context.acked(head)
        break
      case 'refused':
        context.refused([head.id], new HoldfastError(head.error.code, head.error.message))
        break
      case 'gap':
        this.#moveTo(head.n)
        context.gap(head.gap)
        break
      case 'down':
      case 'over':
        context.fail(this.#failure(head))
    }
    return true
  }

  #item(context: ProtocolContext<Out>): ForApp {
    const n = this.#n
    const bytes = this.#bytes
    const link = this.#link
    const at = this.#stateLeft > 0 ? undefined : this.#place?.at
    this.#undone += 1
    return {
      app: true,
      taken: (isRead) => {
        this.#undone -= 1
        // One that is not for the app is done with before those that came earlier.
        if (isRead || this.#undone === 0) this.shown = at ?? this.shown
        if (link === this.#link) this.#taken(n, bytes, context)
      },
    }
  }

  /** Sent to the host when enough is processed, or after a moment. */
  #taken(n: number, bytes: number, context: ProtocolContext<Out>): void {
    const done = { n, count: this.#processed.count + 1, bytes: this.#processed.bytes + bytes }
    this.#processed = done
    if (done.count >= ACK_COUNT || done.bytes >= this.#options.windowBytes / 4) return this.#acknowledge(context)
    this.#ack ??= this.#options.clock.after(ACK_MS, () => this.#acknowledge(context))
  }

  #acknowledge(context: ProtocolContext<Out>): void {
    this.#ack?.cancel()
    this.#ack = undefined
    const { n, bytes } = this.#processed
    this.#processed = { n, count: 0, bytes: 0 }
    context.send(this.#headMessage({ t: 'got', n, bytes }))
  }

  /** A part of the state is no place to go on from. */
  #moveTo(n: number, at?: SharedPosition): void {
    const before = this.#stateLeft > 0 ? undefined : this.#place?.at
    this.#stateLeft = Math.max(0, this.#stateLeft - 1)
    if (this.#place !== undefined && this.#stateLeft === 0) this.#place = { ...this.#place, n, at: at ?? before }
  }

  #failure({ t, error, ...rest }: Extract<ToTab, { t: 'over' | 'down' }>): HoldfastError {
    if (t === 'down') return new TabsError('tabs/host_gone', error.message, { details: { code: error.code } })
    this.#isOver = true
    return new SharedOver(error, 'park' in rest && rest.park)
  }

  retryPolicy(cause: Cause): RetryDecision {
    const error = 'error' in cause ? cause.error : undefined
    if (error instanceof SharedOver) return error.park ? { act: 'park', error } : { act: 'stop', error }
    if (error instanceof TabsError && error.code === 'tabs/worker_failed') return { act: 'stop', error }
    return { act: 'retry', delayMs: RETRY_MS }
  }
}
