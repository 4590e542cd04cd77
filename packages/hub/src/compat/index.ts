export { type CoderErrorArguments, type CoderErrorFacts, CoderHubWebSocketError, CoderSSEError } from './error.ts'
export { type CoderHubEventName, CoderHubEventNames, CoderHubEvents } from './events.ts'
export { CoderClient, type CoderClientOptions, type CoderRemoteAttachPreparationOptions } from './rest/client.ts'
export {
  CoderApiError,
  CoderResponseError,
  CoderSessionArchivedError,
  CoderSessionConflictError,
  type CoderSessionErrorArguments,
  CoderSessionNotFoundError,
  throwCoderError,
} from './rest/errors.ts'
export type { AnswerSchema, CoderHttp } from './rest/http.ts'
export {
  type CoderListSessionsParams,
  type CoderSessionDataParams,
  type CoderSessionIdParams,
  type CoderSessionListResponse,
  coderArchiveSession,
  coderCreateSession,
  coderDeleteSession,
  coderGetReplay,
  coderGetSession,
  coderListConnectableSessions,
  coderListEventHistory,
  coderListParticipants,
  coderListSessions,
  coderResumeSession,
  coderUpdateSession,
} from './rest/sessions.ts'
export { discoverUrl, normalizeCoderUrl, normalizeVisibility, withOrgId } from './rest/urls.ts'
export {
  CoderSSEClient,
  type CoderSSEClientOptions,
  type CoderSSEEvent,
  type CoderSSEOptions,
  type CoderSSEState,
  streamCoderSessionSSE,
} from './sse.ts'
export { subscribeToCoderHub } from './subscribe.ts'
export {
  CoderHubWebSocketClient,
  type CoderHubWebSocketOptions,
  type CoderHubWebSocketState,
} from './web-socket.ts'
export {
  CODER_WS_CLOSE_CODE,
  type CoderWsCloseCode,
  isTerminalCloseCode,
  parseClientMessage,
  parseObserverSseMessage,
  parseServerMessage,
} from './wire.ts'
