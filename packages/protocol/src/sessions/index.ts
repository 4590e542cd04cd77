export type { Fields } from '../shape.ts'
export { FRAME_LIMIT_HEADER, toldFrameLimit } from '../told-limits.ts'
export type { SessionsCloseMeaning } from './close-codes.ts'
export { SESSIONS_CLOSE, sessionsCloseMeaning } from './close-codes.ts'
export { decodeSessionFrame, parseSessionMessage, sessionLine, sessionsCodec } from './codec.ts'
export type {
  SessionControlCancel,
  SessionControlInner,
  SessionControlMessage,
  SessionControlRequest,
  SessionControlResponse,
  SessionControlResult,
  SessionInitializeRequest,
  SessionInterruptRequest,
  SessionPermissionAnswer,
  SessionPermissionRequest,
  SessionSetModelRequest,
  SessionSetPermissionModeRequest,
} from './control.ts'
export {
  isSessionControlCancel,
  isSessionControlRequest,
  isSessionControlResponse,
  isSessionPermissionAnswer,
  isSessionPermissionRequest,
  isSessionSetPermissionMode,
  sessionControlIssue,
} from './control.ts'
export type { SessionsSubscription } from './endpoint.ts'
export { parseSessionsSubscribeUrl, SESSIONS_VERSION, sessionsHeaders, sessionsSubscribeUrl } from './endpoint.ts'
export type {
  SessionAssistantMessage,
  SessionAuthFrame,
  SessionKnownMessage,
  SessionMessage,
  SessionOtherMessage,
  SessionResultMessage,
  SessionStreamEventMessage,
  SessionSystemMessage,
  SessionUserMessage,
} from './messages.ts'
export { isKnownSessionMessage, isSessionAuthFrame, sessionAuthFrame, sessionMessageUuid } from './messages.ts'
