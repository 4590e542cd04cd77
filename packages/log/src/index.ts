export type {
  Append,
  AppendAnswer,
  AppendOptions,
  AppendResult,
  AttachedSender,
  LogEvent,
  NewEvent,
  Producer,
  Refusal,
  SenderMark,
  SenderState,
} from './append.ts'
export type { Batch, Known, ProducerState, Range, WriteState } from './append-rules.ts'
export { checkAppend, checkCount, checkName, isQuota, measureAll, resultOf } from './append-rules.ts'
export type { LogErrorCode } from './errors.ts'
export { isLogError, LOG_ERRORS, LogError } from './errors.ts'
export { EMPTY_EVENT_HASH, eventHashOf } from './event-hash.ts'
export { gapAt, startsAnew } from './gap.ts'
export { KeyTable } from './keys.ts'
export type { LogLimits } from './limits.ts'
export { LOG_LIMITS } from './limits.ts'
export type { MemoryLogOptions } from './memory-log.ts'
export { MEMORY_LOG_BYTES, memoryLog } from './memory-log.ts'
export type { QueueOptions, WriteStream } from './replica/append-queue.ts'
export { Replica } from './replica/replica.ts'
export type {
  ReplicaLoad,
  ReplicaOptions,
  ReplicaRecord,
  ReplicaRecovery,
  ReplicaState,
  WriteOptions,
} from './replica/replica-options.ts'
export type { SenderRecord, SenderRun } from './senders.ts'
export { AttachedSenders, advanceSender, knownSenderResult, newSender, SenderTable } from './senders.ts'
export { boundedJson, INTERNAL_STATUS, infoText, mergeInfo } from './session-info.ts'
export type {
  CreateResult,
  Gap,
  Head,
  Lease,
  LeaseHeld,
  ListOptions,
  LogHealth,
  Mark,
  Page,
  ReadFrom,
  ReadOptions,
  Retention,
  SessionInfo,
  SessionLog,
  SessionPage,
  SessionReach,
  SessionRecord,
  Snapshot,
  StoreOperation,
  TailItem,
  TailOptions,
} from './session-log.ts'
export type { Change, TailSource } from './tail.ts'
export { tailOf } from './tail.ts'
export { Watchers } from './watchers.ts'
