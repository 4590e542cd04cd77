export { type PermissionPromptsOptions, permissionPrompts } from './permissions.ts'
export { positionOfUuid, positionUuid } from './position-uuid.ts'
export {
  SESSIONS_LIMITS,
  type SessionsEndpoint,
  type SessionsEndpointOptions,
  type SessionsLimits,
  sessionsEndpoint,
} from './ws-endpoint.ts'
