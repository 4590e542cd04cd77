import type { Fresh } from '@holdfast/core/client'
import type { HubEvents, HubObserverEvents, HubObserverOptions, HubOptions } from '../options.ts'
import type { PublishedCallbacks } from './published-events.ts'
import type { PublishedRetryOptions } from './retry.ts'

/** What is called otherwise in the published clients. */
type Renamed = 'url' | 'token' | 'tokenIn' | 'liveness' | 'queue'
type Listeners<Events> = `on${Capitalize<keyof Events & string>}`

/** What both published clients take (hub §8). */
export interface PublishedCommonOptions extends PublishedRetryOptions, PublishedCallbacks {
  /** The environment's, or looked up, where it is left out. */
  readonly url?: Fresh | undefined
  /** For the lookup of the URL. */
  readonly region?: string | undefined
  readonly apiKey?: Fresh | undefined
}

/** The options of the published WebSocket client, and those of `HubClient` that it does not have. */
export interface PublishedSocketOptions
  extends PublishedCommonOptions,
    Partial<Omit<HubOptions, Renamed | Listeners<HubEvents> | keyof PublishedCommonOptions>> {
  /** Where the key goes. @defaultValue 'frame' */
  readonly apiKeyIn?: HubOptions['tokenIn']
  /** @defaultValue true */
  readonly autoReconnect?: boolean | undefined
  /** Silence after which a `ping` is sent. In milliseconds. @defaultValue 10000 */
  readonly heartbeatIntervalMs?: number | undefined
  /** Silence after which the link is dead. In milliseconds. @defaultValue 30000 */
  readonly heartbeatTimeoutMs?: number | undefined
  /** Messages that wait or are unconfirmed. @defaultValue 1000 */
  readonly maxMessageQueueSize?: number | undefined
  /** Their bytes, and 256 for each. @defaultValue 8388608 (8 MiB) */
  readonly maxMessageQueueBytes?: number | undefined
  readonly onInit?: HubOptions['onInit']
  readonly onMessage?: HubOptions['onMessage']
  /** `fresh` are the entries that no earlier hydration carried, recognised by their `sequence`. */
  readonly onHydration?:
    | ((hydration: HubEvents['hydration']['hydration'], fresh: HubEvents['hydration']['fresh']) => unknown)
    | undefined
}

/** The options of the published event stream client, and those of `HubObserver` that it does not have. */
export interface PublishedStreamOptions
  extends PublishedCommonOptions,
    Partial<
      Omit<HubObserverOptions, Renamed | Listeners<HubObserverEvents> | 'sessionId' | keyof PublishedCommonOptions>
    > {
  readonly sessionId: string
  /** Where the key goes. @defaultValue 'header' (`Authorization: Bearer`) */
  readonly apiKeyIn?: HubObserverOptions['tokenIn']
  /** @defaultValue true */
  readonly reconnect?: boolean | undefined
}
