export type { Fields, Open } from '@holdfast/contract/shape'
export { isKnownHubAction } from './actions.ts'
export { hubBootstrapFrame } from './bootstrap.ts'
export type { HubCloseMeaning, HubCloseName } from './close-codes.ts'
export { HUB_CLOSE, hubCloseMeaning } from './close-codes.ts'
export { hubClientCodec, hubClientTrustingCodec, isKnownHubServerMessage, parseHubServerMessage } from './codec.ts'
export type { HubConnectionParameters, HubEventStreamParameters } from './endpoint.ts'
export {
  HUB_PARAMETER_LIMITS,
  hubEventStreamUrl,
  hubHttpBase,
  hubWebSocketUrl,
  parseHubConnectionParameters,
  parseHubEventStreamParameters,
} from './endpoint.ts'
export { HubEventCount } from './event-count.ts'
export type { HubEventFilter, HubEventName } from './events.ts'
export { HUB_EVENTS, hubEventCategory, hubEventFilter } from './events.ts'
export type {
  HubAction,
  HubAgentDefinition,
  HubBroadcastMessage,
  HubClientMessage,
  HubCommandDefinition,
  HubConversationEntry,
  HubGapMessage,
  HubHydrationMessage,
  HubInitMessage,
  HubKnownAction,
  HubKnownClientMessage,
  HubKnownServerMessage,
  HubKnownSseMessage,
  HubParticipant,
  HubPresenceMessage,
  HubRefusal,
  HubRequest,
  HubResponse,
  HubResumeOffer,
  HubServerMessage,
  HubSessionState,
  HubSseMessage,
  HubTaskState,
  HubToolDefinition,
  HubVisibility,
} from './generated/types.ts'
export type { HubNumber, HubPosition, HubStamp } from './resume.ts'
export {
  formatHubPosition,
  HUB_RESUME_PARAMETERS,
  hubMessageId,
  isGivenHubId,
  isHubInstance,
  parseHubPosition,
  readHubNumber,
  readHubStamp,
} from './resume.ts'
export { hubServerCodec, isKnownHubClientMessage, parseHubClientMessage } from './server-codec.ts'
export { hubEventStreamCodec, isKnownHubSseMessage, parseHubSseEvent } from './sse-events.ts'
