export type { Fields } from '@holdfast/contract/shape'
export { announcedFrameLimit, FRAME_LIMIT_HEADER } from '../frame-limit-header.ts'
export type { SessionsCloseMeaning } from './close-codes.ts'
export { SESSIONS_CLOSE, sessionsCloseMeaning } from './close-codes.ts'
export { decodeSessionFrame, parseSessionMessage, sessionLine, sessionsCodec } from './codec.ts'
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
export type * from './generated/types.ts'
export { isKnownSessionMessage, isSessionAuthFrame, sessionAuthFrame, sessionMessageUuid } from './messages.ts'
