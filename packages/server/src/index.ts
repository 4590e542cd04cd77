/// <reference types="node" preserve="true" />

export * from '@holdfast/gate'
export {
  LOG_ERRORS,
  LOG_LIMITS,
  LogError,
  type LogErrorCode,
  type LogEvent,
  type LogHealth,
  type LogLimits,
  type MemoryLogOptions,
  memoryLog,
  type SessionInfo,
  type SessionLog,
  type SessionRecord,
} from '@holdfast/log'
export * from './grants/index.ts'
export {
  type ApprovalListener,
  type AskLeadOptions,
  type AuthorizeSession,
  createHub,
  type DescribeInit,
  type FollowOptions,
  type HandleRequest,
  type HeldRequest,
  type HoldPlan,
  type HoldRequest,
  HUB_ERRORS,
  Hub,
  type HubAccess,
  HubError,
  type HubErrorCode,
  type HubErrorRow,
  type HubHooks,
  type HubOptions,
  type LeadBound,
  type LeadRequest,
  type Participant,
  type PublishOptions,
  SessionHandle,
  type SessionItem,
} from './hub/index.ts'
export { HUB_LIMITS, type HubLimits } from './limits.ts'
export { type HubGauges, HubMetrics } from './metrics.ts'
