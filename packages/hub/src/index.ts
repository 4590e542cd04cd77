export type { HubRequestHandler, HubUiRequestContext, HubUiRequestHandler } from './answering.ts'
export { HUB_API_ERRORS, HubApiError, type HubApiErrorCode, type HubApiErrorDetails } from './api/errors.ts'
export type { HubFetch, HubFetchBody, HubFetchInit, HubFetchResponse } from './api/fetch-types.ts'
export {
  HUB_API_DEFAULTS,
  HubApi,
  type HubApiOptions,
  type HubCallOptions,
  type HubEventHistoryOptions,
  type HubListOptions,
} from './api/hub-api.ts'
export { HUB_ERRORS, HubError, type HubErrorCode, type HubErrorDetails } from './errors.ts'
export type { HubOutgoing, HubReady } from './handshake.ts'
export type { HubHistoryOptions } from './history.ts'
export { HubClient, type HubQuestion } from './hub-client.ts'
export type { HubAskOptions } from './hub-link.ts'
export { HUB_STALL_MS, HubProtocol, type HubProtocolOptions } from './hub-protocol.ts'
export { type HubGap, HubStream } from './hub-stream.ts'
export { subscribeToHub } from './message-stream.ts'
export { HubObserver } from './observer.ts'
export { type HubSseEvent, ObserverProtocol, type ObserverProtocolOptions } from './observer-protocol.ts'
export { observeHub } from './observer-stream.ts'
export {
  HUB_DEFAULTS,
  type HubCommonOptions,
  type HubConnection,
  type HubEvents,
  type HubHydrationEvent,
  type HubObserverEvents,
  type HubObserverOptions,
  type HubOptions,
} from './options.ts'
export { HUB_ACK_DEFAULTS } from './read-position.ts'
export { SessionPosition } from './session-position.ts'
