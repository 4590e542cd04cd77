import { eventStream } from '@holdfast/transport-sse'
import { hubFromEnvironment } from '../node/environment.ts'
import { HubObserver } from '../observer.ts'
import type { HubSseEvent } from '../observer-protocol.ts'
import type { Fresh, HubObserverOptions, HubState } from '../options.ts'
import { asPublished, CoderSSEError } from './error.ts'
import { withoutGaps } from './iterator.ts'

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

/** The published class (hub §8) on our observer. */
export class CoderSSEClient {
  readonly #observer: HubObserver

  constructor(options: CoderSSEClientOptions) {
    this.#observer = new HubObserver({
      transport: eventStream(),
      ...options,
      ...hubFromEnvironment(options),
      onError: (error) => options.onError?.(asPublished(CoderSSEError, error, options.sessionId)),
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
    void this.#observer.connect()
  }

  close(): void {
    void this.#observer.close()
  }
}

/** The published iterator form: connects, yields events, throws on a terminal failure; the signal ends it. */
export function streamCoderSessionSSE(options: CoderSSEOptions): AsyncIterableIterator<CoderSSEEvent> {
  const observer = new HubObserver({ transport: eventStream(), ...options, ...hubFromEnvironment(options) })
  const stream = observer.events({ signal: options.signal }, () => void observer.close())
  void observer.connect()
  return withoutGaps(stream, (error) => asPublished(CoderSSEError, error, options.sessionId))
}
