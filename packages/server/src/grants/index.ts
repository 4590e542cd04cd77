export { GRANT_ERRORS, type GrantErrorCode, type GrantErrorRow } from './errors.ts'
export { GRANT_ROLES, type Grant, type GrantRole } from './grant.ts'
export {
  GRANT_LIMITS,
  type GrantLimits,
  type GrantRequest,
  type Grants,
  type GrantsOptions,
  openGrants,
} from './grants.ts'
export { type GrantRequestsOptions, grantRequests } from './requests.ts'
