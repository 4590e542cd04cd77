export type {
  AuthorizeSession,
  DescribeInit,
  HandleRequest,
  HoldPlan,
  HoldRequest,
  HubAccess,
  HubHooks,
  LeadRequest,
} from './context.ts'
export { HUB_ERRORS, HubError, type HubErrorCode, type HubErrorRow } from './errors.ts'
export type { HeldRequest } from './held-requests.ts'
export type { HoldListener } from './holds.ts'
export { createHub, Hub, type HubOptions } from './hub.ts'
export type { Participant } from './presence.ts'
export type { PublishOptions } from './room.ts'
export { type AskLeadOptions, type FollowOptions, HubSession, type LeadBound, type SessionItem } from './session.ts'
