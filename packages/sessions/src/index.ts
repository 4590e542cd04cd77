export type {
  SessionControlInner,
  SessionControlRequest,
  SessionControlResponse,
  SessionControlResult,
  SessionMessage,
  SessionPermissionAnswer,
  SessionPermissionRequest,
} from '@holdfast/protocol/sessions'
export type { ControlContext, ControlHandler } from './control-in.ts'
export type { ControlRequestOptions } from './control-out.ts'
export { SESSIONS_ERRORS, SessionsError, type SessionsErrorCode, type SessionsErrorDetails } from './errors.ts'
export { SESSIONS_DEFAULTS, type SessionEvents, type SessionSubscriptionOptions } from './options.ts'
export { type SessionsRetry, sessionsRetryPolicy } from './retry-policy.ts'
export { SessionSubscription } from './session-subscription.ts'
export { SessionsProtocol, type SessionsProtocolOptions } from './sessions-protocol.ts'
