export type {
  ApprovalPlan,
  AuthorizeSession,
  DescribeInit,
  HandleRequest,
  HubAccess,
  HubHooks,
  LeadRequest,
  RequireApproval,
} from './context.ts'
export { type HubStateAt, HubStreamSource } from './endpoints/stream-source.ts'
export { HUB_ERRORS, HubError, type HubErrorCode, type HubErrorRow } from './errors.ts'
export { createHub, Hub, type HubOptions } from './hub.ts'
export type { Participant } from './presence/participant.ts'
export type { ApprovalListener } from './session/pending-approvals.ts'
export type { PublishOptions } from './session/session-core.ts'
export {
  type AcquiredLead,
  type AskLeadOptions,
  type FollowOptions,
  type LeadBound,
  SessionHandle,
  type SessionItem,
} from './session/session-handle.ts'
export type { PendingApproval } from './state/approval-state.ts'
export { asFields, contentOf, isFields, textOf } from './state/entries.ts'
