import { type Cause, type ClientProtocol, Connection, type SseEvent, type Status } from '@holdfast/core'
import { retryPolicyBy } from '@holdfast/core/protocol'
import { errorEvent, messageEvent, type SocketErrorEvent, type SocketMessageEvent } from '../events.ts'
import type { RuntimeDefaults } from '../options.ts'
import { errorOf, hasEnded } from '../outcome.ts'
import { originOf, type UrlProvider } from '../socket-target.ts'
import { TypedEventTarget } from '../typed-event-target.ts'
import { type EventSourceOptions, streamTarget, streamTransportOf, streamUrl } from './event-source-options.ts'

/** The events of an event source: those of `EventSource`, and `complete`. */
export interface EventSourceEvents {
  /** A stream is open. */
  readonly open: Event
  readonly message: SocketMessageEvent
  /** The stream was lost, or could not be had: what happened is its `error`. While `readyState` is not `CLOSED` it is dialed again. */
  readonly error: SocketErrorEvent
  /** Everything has come: the server ended the answer to a POST, or said 204. `readyState` is `CLOSED`. */
  readonly complete: Event
}

const decide = /* @__PURE__ */ retryPolicyBy({
  whenRefused: 'stop',
  // What HTML §9.2.3 has a server say that there is nothing more to come.
  meaning: (cause) => (cause.kind === 'dial' && cause.status === 204 ? { act: 'complete' } : undefined),
})

/**
 * An `EventSource` (HTML §9.2) with headers and other methods than GET, that also comes back where browsers give up: after 5xx,
 * 429 and a refused connection. A stream continues behind the last id.
 */
export abstract class StayingEventSource extends TypedEventTarget<EventSourceEvents, SocketMessageEvent> {
  static readonly CONNECTING: 0 = 0
  static readonly OPEN: 1 = 1
  static readonly CLOSED: 2 = 2
  readonly withCredentials: boolean
  readonly #connection: Connection<SseEvent, never>
  #url: string
  #lastEventId: string
  #isOpen = false
  #isClosed = false
  #lost: { readonly cause: Cause } | undefined

  /** @throws a `SyntaxError` (`DOMException`) for what is no URL; `connection/invalid_option`, `channel/invalid_option` */
  constructor(url: UrlProvider, options: EventSourceOptions, runtime: Pick<RuntimeDefaults, 'signals'>) {
    super()
    this.#url = typeof url === 'function' ? '' : streamUrl(url)
    this.#lastEventId = options.lastEventId ?? ''
    this.withCredentials = options.withCredentials ?? false
    this.#connection = new Connection<SseEvent, never, SseEvent, never>({
      transport: streamTransportOf(options),
      target: async () => {
        const target = await streamTarget(url, options.headers, this.#lastEventId)
        this.#url = target.url
        return target
      },
      protocol: { ...this.#protocol(), ...options.wire },
      onMessage: ({ event, data, id }) => {
        if (options.wire !== undefined) this.#lastEventId = id
        if (this.#isOpen) this.dispatchEvent(messageEvent(data, originOf(this.#url), event, id))
      },
      retry: options.retry,
      signals: options.signals ?? runtime.signals?.(),
      clock: options.clock,
      random: options.random,
      logger: options.logger,
    })
    this.#listen()
    this.#connection.connect().catch(() => {})
  }

  get CONNECTING(): 0 {
    return 0
  }
  get OPEN(): 1 {
    return 1
  }
  get CLOSED(): 2 {
    return 2
  }

  get readyState(): 0 | 1 | 2 {
    if (this.#isOpen) return 1
    return this.#isClosed || hasEnded(this.#connection.status) ? 2 : 0
  }

  /** What is dialed; empty while a function has not said it. */
  get url(): string {
    return this.#url
  }

  /** The id in force: what the next dial continues behind. */
  get lastEventId(): string {
    return this.#lastEventId
  }

  /** The connection below: its status and history, what it measured. Events are for this source. */
  get connection(): Omit<Connection<SseEvent, never>, 'handle' | 'attach' | 'intercept'> {
    return this.#connection
  }

  /** Where it stands, why, and what happens next: a sentence or two for a person. */
  explain(): string {
    return this.#connection.explain()
  }

  /** Ends it at once, and fires nothing more. */
  close(): void {
    this.#isClosed = true
    this.#isOpen = false
    void this.#connection.close({ flushMs: 0 })
  }

  #protocol(): ClientProtocol<SseEvent, never, SseEvent, never> {
    return {
      name: 'event-source',
      codec: { decode: (event) => ({ ok: true, message: event }), encode: (message) => message },
      cursor: (id) => {
        this.#lastEventId = id
      },
      retryPolicy: decide,
    }
  }

  #listen(): void {
    this.#connection.on('dropped', (lost) => {
      this.#lost = lost
    })
    this.#connection.on('status', ({ status }) => {
      if (this.#lost !== undefined) this.#ended(this.#lost.cause, status)
    })
    this.#connection.on('link', () => {
      // This stream takes over from one that was in doubt: for the program that one is over first.
      if (this.#lost !== undefined) this.#ended(this.#lost.cause, this.#connection.status)
      if (this.#isClosed) return
      this.#isOpen = true
      this.dispatchEvent(new Event('open'))
    })
    this.#connection.on('attemptFailed', ({ cause }) => this.#ended(cause, this.#connection.status))
  }

  #ended(cause: Cause, status: Status): void {
    this.#lost = undefined
    this.#isOpen = false
    if (this.#isClosed) return
    const isComplete = status.state === 'closed' && status.outcome.reason === 'complete'
    this.dispatchEvent(isComplete ? new Event('complete') : errorEvent(errorOf(cause, status)))
  }
}
