export type { Fields, Open } from '../shape.ts'
export type {
  HubAckAction,
  HubAction,
  HubBlockAction,
  HubConfirmAction,
  HubInjectMessageAction,
  HubKnownAction,
  HubNotifyAction,
  HubReturnAction,
  HubStatusAction,
  HubSystemPromptAction,
  HubUnknownAction,
} from './actions.ts'
export { isKnownHubAction } from './actions.ts'
export type {
  HubAckMessage,
  HubAuthRenewMessage,
  HubBootstrapFrame,
  HubBootstrapReadyMessage,
  HubClientMessage,
  HubCommandRequest,
  HubEventRequest,
  HubHistoryRequest,
  HubKnownClientMessage,
  HubPingMessage,
  HubRequest,
  HubRpcCommandMessage,
  HubRpcUiResponseMessage,
  HubSessionEntryMessage,
  HubSessionWriteMessage,
  HubSubscribeMessage,
  HubToolRequest,
  HubTypedClientMessage,
} from './client-messages.ts'
export { hubBootstrapFrame } from './client-messages.ts'
export { isKnownHubClientMessage } from './client-shapes.ts'
export type { HubCloseMeaning, HubCloseName } from './close-codes.ts'
export { HUB_CLOSE, hubCloseMeaning } from './close-codes.ts'
export { hubClientCodec, hubClientTrustingCodec, parseHubServerMessage } from './codec.ts'
export type { HubAgentDefinition, HubCommandDefinition, HubToolDefinition } from './definitions.ts'
export type { HubConnectionParameters, HubEventStreamParameters } from './endpoint.ts'
export {
  HUB_PARAMETER_LIMITS,
  hubEventStreamUrl,
  hubHttpBase,
  hubWebSocketUrl,
  parseHubConnectionParameters,
  parseHubEventStreamParameters,
} from './endpoint.ts'
export type {
  HubAttachment,
  HubAuthor,
  HubConversationEntry,
  HubEntryType,
  HubRuntimePreview,
  HubRuntimeProcess,
} from './entries.ts'
export type { HubEventFilter, HubEventName } from './events.ts'
export { HUB_EVENTS, hubEventCategory, hubEventFilter } from './events.ts'
export type {
  HubCreateSessionBody,
  HubEventHistory,
  HubHistoryEvent,
  HubHttpError,
  HubLifecycleAnswer,
  HubLoopState,
  HubParticipantList,
  HubReplay,
  HubSessionCreated,
  HubSessionList,
  HubSessionSummary,
  HubUpdateSessionBody,
  HubVisibility,
} from './rest.ts'
export { parseHubRest } from './rest.ts'
export type { HubRestResource, HubRestRoute, HubRestTarget } from './rest-routes.ts'
export {
  foreignHubResource,
  HUB_FOREIGN_RESOURCES,
  HUB_REST_PREFIXES,
  HUB_REST_ROUTES,
  hubRestUrl,
  parseHubRestPath,
} from './rest-routes.ts'
export type {
  HubLost,
  HubNumber,
  HubPosition,
  HubResumeOffer,
  HubSenderMemory,
  HubStamp,
  HubToldLimits,
} from './resume.ts'
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
export { hubServerCodec, parseHubClientMessage } from './server-codec.ts'
export type {
  HubAckedMessage,
  HubBroadcastMessage,
  HubConnectionRejectedMessage,
  HubGapMessage,
  HubHistoryMessage,
  HubHistoryPage,
  HubHydrationMessage,
  HubInitMessage,
  HubInitRole,
  HubKnownServerMessage,
  HubLiveMessage,
  HubMarkMessage,
  HubParticipant,
  HubPongMessage,
  HubPresenceMessage,
  HubProtocolErrorMessage,
  HubRefusal,
  HubResponse,
  HubRpcEventMessage,
  HubRpcResponseMessage,
  HubRpcUiRequestMessage,
  HubServerMessage,
  HubSessionResumeMessage,
  HubSessionState,
  HubStreamReadyMessage,
  HubTypedServerMessage,
  HubUnknownMessage,
} from './server-messages.ts'
export { isKnownHubServerMessage } from './server-shapes.ts'
export type {
  HubKnownSseMessage,
  HubSnapshotMessage,
  HubSnapshotParticipant,
  HubSseHistoryMessage,
  HubSseHydrationMessage,
  HubSseMessage,
} from './sse-events.ts'
export { hubEventStreamCodec, isKnownHubSseMessage, parseHubSseEvent } from './sse-events.ts'
export type { HubAgentActivity, HubStreamBlock, HubStreamProjection, HubTaskState } from './stream-state.ts'
