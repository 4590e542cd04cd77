export type { LogErrorCode } from './errors.ts'
export { LOG_ERRORS, LogError } from './errors.ts'
export type { LogLimits } from './limits.ts'
export { LOG_LIMITS } from './limits.ts'
export type { Position } from './position.ts'
export { anchorOf, EMPTY_ANCHOR, formatPosition, parsePosition } from './position.ts'
export type {
  AppendOptions,
  AppendResult,
  CreateResult,
  Gap,
  Head,
  Lease,
  LeaseHeld,
  ListOptions,
  LogEvent,
  LogHealth,
  Mark,
  NewEvent,
  Page,
  Producer,
  ReadFrom,
  ReadOptions,
  Refusal,
  Retention,
  SessionInfo,
  SessionLog,
  SessionPage,
  SessionRecord,
  Snapshot,
  TailItem,
  TailOptions,
} from './session-log.ts'
