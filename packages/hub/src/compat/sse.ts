import { follow } from '@holdfast/core/internals'
import {
  type HubBroadcastMessage,
  type HubConversationEntry,
  type HubPresenceMessage,
  isKnownHubSseMessage,
} from '@holdfast/protocol/hub'
import type { HubSnapshotMessage, HubSseHistoryMessage, HubSseHydrationMessage } from '@holdfast/protocol/hub/messages'
import { eventStream } from '@holdfast/transport-sse'
import { HubError } from '../errors.ts'
import { hubFromEnvironment } from '../node/environment.ts'
import { HubObserver } from '../observer.ts'
import type { HubSseEvent } from '../observer-protocol.ts'
import { asStreamError, CoderSSEError } from './error.ts'
import { publishedIterator } from './iterator.ts'
import type { PublishedStreamOptions } from './options.ts'
import { type HubState, PublishedEvents, type PublishedHooks } from './published-events.ts'
import { publishedRetry } from './retry.ts'

/** One event: its name, and its parsed data. */
export type CoderSSEEvent = HubSseEvent
export type CoderSSEState = Exclude<HubState, 'authenticating'>

/** The published options, and further options of Holdfast's own client. */
export interface CoderSSEOptions extends PublishedStreamOptions {
  readonly onSnapshot?: ((snapshot: HubSnapshotMessage) => unknown) | undefined
  readonly onHydration?:
    | ((hydration: HubSseHydrationMessage, fresh: readonly HubConversationEntry[]) => unknown)
    | undefined
  /** With `pagedHydration`: entries before those received so far, the newest page first, until one has no `earlier`. */
  readonly onHistory?: ((page: HubSseHistoryMessage) => unknown) | undefined
  readonly onPresence?: ((presence: HubPresenceMessage) => unknown) | undefined
  readonly onBroadcast?: ((broadcast: HubBroadcastMessage) => unknown) | undefined
  /** Every event, the typed ones too. */
  readonly onEvent?: ((event: HubSseEvent) => unknown) | undefined
  readonly onClose?: (() => unknown) | undefined
}

export type CoderSSEClientOptions = CoderSSEOptions & { readonly onError?: ((error: Error) => void) | undefined }

/** The published class (hub §8) on our observer. `onClose` comes at `close()` alone, as there. */
export class CoderSSEClient {
  readonly #observer: HubObserver
  readonly #events: PublishedEvents
  readonly #options: CoderSSEClientOptions
  /** A stream was open since the last `connect()`. */
  #wasOpen = false

  constructor(options: CoderSSEClientOptions) {
    this.#options = options
    this.#observer = observerOf(options)
    this.#events = listening(this.#observer, options, {
      open: () => {
        this.#wasOpen = true
      },
      failed: (error) => this.#failed(error),
    })
  }

  get state(): CoderSSEState {
    const { state } = this.#events
    return state === 'authenticating' ? 'connecting' : state
  }

  get isConnected(): boolean {
    return this.#events.state === 'connected'
  }

  connect(): void {
    if (this.state === 'closed') this.#wasOpen = false
    void this.#observer.connect()
  }

  close(): void {
    void this.#observer.close()
    follow(this.#options.onClose?.(), (error) =>
      this.#failed(new HubError('hub/callback_failed', 'onClose threw', { reason: 'onClose' }, error)),
    )
  }

  #failed(error: HubError): unknown {
    const { onError } = this.#options
    const failure = failureOf(error, this.#options, this.#wasOpen)
    return failure === undefined ? undefined : onError?.(failure)
  }
}

/**
 * The published iterator form: connects at the first `next()` and yields events; the signal ends it. Throws final
 * errors, and ends with the stream where `reconnect` is false.
 */
export function streamCoderSessionSSE(options: CoderSSEOptions): AsyncGenerator<CoderSSEEvent, void, unknown> {
  let wasOpen = false
  return publishedIterator({
    open: () => {
      const observer = observerOf(options)
      listening(observer, options, {
        open: () => {
          wasOpen = true
        },
        closed: () => options.onClose?.(),
      })
      const stream = observer.messages({ signal: options.signal }, () => void observer.close())
      void observer.connect()
      return stream
    },
    failure: (error) => failureOf(error, options, wasOpen),
  })
}

function observerOf(options: CoderSSEOptions): HubObserver {
  return new HubObserver({
    transport: eventStream(),
    concurrency: Number.POSITIVE_INFINITY,
    // The published client counts from 1 again as soon as a stream opens: here, with its first event.
    stableAfterMs: 0,
    ...options,
    // They are called in the published way.
    onGap: undefined,
    onHydration: undefined,
    ...hubFromEnvironment({ ...options, token: options.apiKey }),
    tokenIn: options.apiKeyIn,
    retry: publishedRetry(options, options.reconnect !== false),
  })
}

/** Calls the callbacks of the options; `open` before the one for an open stream. */
function listening(
  observer: HubObserver,
  options: CoderSSEOptions,
  hooks: Partial<PublishedHooks> & { open(): void },
): PublishedEvents {
  const { onStateChange, onGap, logger } = options
  const onOpen = (): unknown => {
    hooks.open()
    return options.onOpen?.()
  }
  const events = new PublishedEvents(
    { onOpen, onStateChange, onGap, logger },
    { failed: () => {}, closed: () => {}, ...hooks },
  )
  events.listen(observer)
  const { onSnapshot, onHydration, onHistory, onPresence, onBroadcast, onEvent } = options
  const takes = [onSnapshot, onHydration, onHistory, onPresence, onBroadcast, onEvent]
  if (takes.some((one) => one !== undefined)) {
    let fresh: readonly HubConversationEntry[] = []
    observer.on('hydration', (event) => {
      fresh = event.fresh
    })
    observer.on('message', (event) => {
      const given = onEvent === undefined ? undefined : events.call('onEvent', () => onEvent(event))
      const typed = events.call(event.data.type, () => typedOf(event, options, fresh))
      return typed === undefined || given === undefined ? (typed ?? given) : Promise.all([typed, given])
    })
  }
  return events
}

function typedOf({ data }: HubSseEvent, options: CoderSSEOptions, fresh: readonly HubConversationEntry[]): unknown {
  if (!isKnownHubSseMessage(data)) return undefined
  if (data.type === 'snapshot') return options.onSnapshot?.(data)
  if (data.type === 'hydration') return options.onHydration?.(data, fresh)
  if (data.type === 'history') return options.onHistory?.(data)
  if (data.type === 'presence') return options.onPresence?.(data)
  return data.type === 'broadcast' ? options.onBroadcast?.(data) : undefined
}

/** Without retries there are none to spend: a stream that ended has ended, and one that never opened says why. */
function failureOf(error: unknown, options: CoderSSEOptions, wasOpen: boolean): CoderSSEError | undefined {
  const failure = asStreamError(error, options.sessionId)
  if (failure.code !== 'max_reconnects_exceeded' || options.reconnect !== false) return failure
  if (wasOpen) return undefined
  const args = { code: 'connection_failed', message: messageOf(error), sessionId: options.sessionId } as const
  return new CoderSSEError({ ...args, cause: error }, { details: failure.details })
}

function messageOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const deeper = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  return deeper instanceof Error ? deeper.message : 'The event stream could not be opened.'
}
