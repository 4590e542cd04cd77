import { follow } from '@holdfast/core/internals'
import { eventStream } from '@holdfast/transport-sse'
import { HubError } from '../errors.ts'
import { hubFromEnvironment } from '../node/environment.ts'
import { HubObserver } from '../observer.ts'
import type { HubSseEvent } from '../observer-protocol.ts'
import type { Fresh, HubObserverOptions, HubState } from '../options.ts'
import { asStreamError, CoderSSEError } from './error.ts'
import { publishedIterator } from './iterator.ts'
import { publishedNumbers, publishedRetry } from './patience.ts'

/** One event: its name, and its parsed data. */
export type CoderSSEEvent = HubSseEvent
export type CoderSSEState = Exclude<HubState, 'authenticating'>

/** The published options; all of ours may be given too. */
export type CoderSSEOptions = Omit<Partial<HubObserverOptions>, 'sessionId' | 'url' | 'onError'> & {
  readonly sessionId: string
  /** The environment's, or looked up, where it is left out. */
  readonly url?: Fresh | undefined
  /** For the lookup of the URL. */
  readonly region?: string | undefined
}

export type CoderSSEClientOptions = CoderSSEOptions & { readonly onError?: ((error: Error) => void) | undefined }

/** The published class (hub §8) on our observer. `onClose` comes at `close()` alone, as there. */
export class CoderSSEClient {
  readonly #observer: HubObserver
  readonly #options: CoderSSEClientOptions
  /** A stream was open since the last `connect()`. */
  #wasOpen = false

  constructor(options: CoderSSEClientOptions) {
    this.#options = options
    this.#observer = observerOf(options, {
      onClose: undefined,
      onOpen: () => {
        this.#wasOpen = true
        return options.onOpen?.()
      },
      onError: (error) => this.#failed(error),
    })
  }

  get state(): CoderSSEState {
    const { state } = this.#observer
    return state === 'authenticating' ? 'connecting' : state
  }

  get isConnected(): boolean {
    return this.#observer.isConnected
  }

  connect(): void {
    if (this.state === 'closed') this.#wasOpen = false
    void this.#observer.connect()
  }

  close(): void {
    void this.#observer.close()
    follow(this.#options.onClose?.(), (error) =>
      this.#failed(new HubError('callback_failed', 'onClose threw', { reason: 'onClose' }, error)),
    )
  }

  #failed(error: HubError): unknown {
    const { onError } = this.#options
    const failure = failureOf(error, this.#options, this.#wasOpen)
    return failure === undefined ? undefined : onError?.(failure)
  }
}

/**
 * The published iterator form: connects at the first `next()` and yields events; the signal ends it. Throws what is
 * final, and ends with the stream where `reconnect` is false.
 */
export function streamCoderSessionSSE(options: CoderSSEOptions): AsyncGenerator<CoderSSEEvent, void, unknown> {
  let wasOpen = false
  return publishedIterator({
    open: () => {
      const observer = observerOf(options, {
        onOpen: () => {
          wasOpen = true
          return options.onOpen?.()
        },
      })
      const stream = observer.events({ signal: options.signal }, () => void observer.close())
      void observer.connect()
      return stream
    },
    failure: (error) => failureOf(error, options, wasOpen),
  })
}

function observerOf(options: CoderSSEOptions, callbacks: Partial<HubObserverOptions>): HubObserver {
  return new HubObserver({
    transport: eventStream(),
    concurrency: Number.POSITIVE_INFINITY,
    // The published client counts from 1 again as soon as a stream opens: here, with its first event.
    stableAfterMs: 0,
    ...options,
    ...publishedNumbers(options),
    ...hubFromEnvironment(options),
    ...callbacks,
    retry: publishedRetry(options),
  })
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
