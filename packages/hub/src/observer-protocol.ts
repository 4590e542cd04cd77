import {
  type Cause,
  type ClientProtocol,
  type Codec,
  type Decoded,
  inboundSilence,
  type ProtocolContext,
  type RetryContext,
  type RetryDecision,
  type SseEvent,
} from '@holdfast/core'
import {
  type HubResumeOffer,
  type HubSseMessage,
  type HubStamp,
  isKnownHubSseMessage,
  parseHubPosition,
  parseHubSseEvent,
  readHubStamp,
} from '@holdfast/protocol/hub'
import { HubError } from './errors.ts'
import type { ReadPosition } from './read-position.ts'
import { hubRetryPolicy } from './retry-policy.ts'
import type { SessionPosition } from './session-position.ts'

/** One event of a session's stream (hub §6). */
export interface HubSseEvent {
  /** The event's name; the payload's `type` where the stream gave none. */
  readonly event: string
  readonly data: HubSseMessage
  /** The stream's id in force; empty when none. */
  readonly id: string
}

/** What the protocol needs of its observer. */
export interface ObserverProtocolOptions {
  readonly position: SessionPosition
  readonly read: ReadPosition
  /** Messages that came and that the application is not done with. */
  readonly unread: () => number
  readonly filtered: boolean
  readonly refreshable: boolean
  /** Silence after which the stream is dead; undefined: the transport's rule. In milliseconds. */
  readonly silenceMs?: number | undefined
}

/** The hub's event stream as the engine sees it. Hub §6, §11. */
export class ObserverProtocol implements ClientProtocol<HubSseEvent, never, SseEvent, never> {
  readonly name = 'hub-events'
  readonly codec: Codec<HubSseEvent, never, SseEvent, never> = { decode, encode: () => [] }
  readonly #options: ObserverProtocolOptions
  readonly #position: SessionPosition
  /** Hub §5, and the engine hears `retry:`. */
  readonly retryPolicy: (cause: Cause, context: RetryContext) => RetryDecision
  readonly liveness: ClientProtocol<HubSseEvent, never>['liveness']
  #lastEventId: string | undefined
  /** The same of the last event that the application is done with. */
  #readEventId: string | undefined

  constructor(options: ObserverProtocolOptions) {
    this.#options = options
    this.#position = options.position
    const { silenceMs: timeoutMs } = options
    this.liveness = timeoutMs === undefined ? undefined : inboundSilence({ timeoutMs })
    this.retryPolicy = hubRetryPolicy(options.refreshable)
  }

  /** For the next dial. */
  get lastEventId(): string | undefined {
    return this.#position.format() ?? this.#lastEventId
  }

  /** For whom the application comes back as: up to here it has read. */
  get readEventId(): string | undefined {
    if (this.#options.unread() === 0) return this.lastEventId
    return this.#options.read.format() ?? this.#readEventId
  }

  taken(event: HubSseEvent): void {
    this.#readEventId = event.id === '' ? this.#readEventId : event.id
    this.#options.read.taken((readHubStamp(event.data) ?? parseHubPosition(event.id))?.seq)
  }

  receive(event: HubSseEvent, context: ProtocolContext<never>): boolean {
    const kept = event.data === PRIMING || this.#sort(event, context)
    // A transport without a cursor has the id in the event alone.
    if (event.id !== '') this.cursor(event.id)
    return kept
  }

  /** Moves with the stream, also by events that cannot be read or have no data, and back to none (hub §9.14). */
  cursor(id: string): void {
    this.#lastEventId = id === '' ? undefined : id
  }

  #sort(event: HubSseEvent, context: ProtocolContext<never>): boolean {
    const { data } = event
    this.#options.read.settle()
    if (isKnownHubSseMessage(data) && data.type === 'snapshot') return this.#begin(data.holdfast, context)
    const stamp = this.#stampOf(event)
    if (!this.#position.active || stamp === undefined) return this.#hole(data, context)
    switch (data.type) {
      case 'live':
        this.#position.live(stamp)
        return true
      case 'mark':
        this.#position.mark(stamp)
        return true
      case 'hydration':
        this.#position.snapshot(stamp)
        return false
      default:
        return this.#event(stamp, context)
    }
  }

  /** The first event of every stream says whether the place that was asked for holds. */
  #begin(offer: HubResumeOffer | undefined, context: ProtocolContext<never>): boolean {
    this.#options.read.begins(offer?.epoch)
    const gap = this.#position.begin(offer, this.#options.filtered)
    // A server with ids of its own may have sent what was missed; one without cannot have.
    const unknown = offer === undefined && this.#lastEventId !== undefined
    if (gap !== undefined && !unknown) context.gap(gap)
    return false
  }

  #hole(data: HubSseMessage, context: ProtocolContext<never>): boolean {
    if (!this.#position.active || !isKnownHubSseMessage(data) || data.type !== 'gap') return false
    this.#position.hole(data)
    context.gap({ from: data.from, to: data.to, reason: data.reason })
    return true
  }

  /** In the payload; else in the id, where this event brought one: a stream's id stays in force for those without. */
  #stampOf({ data, id }: HubSseEvent): HubStamp | undefined {
    return readHubStamp(data) ?? (id === this.#lastEventId ? undefined : parseHubPosition(id))
  }

  #event(stamp: HubStamp, context: ProtocolContext<never>): boolean {
    const arrival = this.#position.take(stamp)
    if (arrival.kind === 'gap') context.gap(arrival.gap)
    if (arrival.kind === 'replay') context.fail(new HubError('hub/connection_failed', 'Events are missing.'))
    return arrival.kind === 'duplicate' || arrival.kind === 'replay'
  }
}

/** An event with an id and without data: it says where the stream begins, and nothing more. */
const PRIMING: HubSseMessage = { type: '' }

function decode(event: SseEvent): Decoded<HubSseEvent> {
  if (event.data === '') return { ok: true, message: { event: event.event, data: PRIMING, id: event.id } }
  const parsed = parseHubSseEvent(event)
  if (!parsed.ok) return parsed
  const data = parsed.message
  const name = event.event === '' || event.event === 'message' ? data.type : event.event
  return { ok: true, message: { event: name, data, id: event.id } }
}
