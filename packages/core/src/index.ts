export {
  abortReason,
  type Channel,
  type ChannelEnd,
  type ChannelSink,
  type ChannelTraits,
  type Clock,
  type Codec,
  type Decoded,
  doubtAfterSleep,
  type ErrorDetails,
  type EventStreamChannel,
  type HeartbeatOptions,
  HoldfastError,
  inboundSilence,
  isSecretName,
  type Json,
  type JsonTextOptions,
  jsonText,
  type Liveness,
  type LivenessHost,
  type LivenessRule,
  type LivenessWatch,
  type LogFields,
  type Logger,
  type MessagePing,
  messagePing,
  NEARNESS,
  type Nearness,
  OpenError,
  type OpenErrorCode,
  type OpenErrorDetails,
  type Opening,
  type PeerWord,
  peerWord,
  type Random,
  randomId,
  redactHeaders,
  redactUrl,
  retryAfterMs,
  type SseEvent,
  type StandardIssue,
  type StandardResult,
  type StandardSchema,
  silentLogger,
  systemClock,
  systemRandom,
  type Target,
  type Timer,
  type Transport,
  throwIfAborted,
  transportPing,
  type WakeSignal,
  type WakeSignals,
  type WebSocketChannel,
  type WebSocketFrame,
} from '@holdfast/contract'
export type {
  Cause,
  ClientProtocol,
  Credentials,
  DeliveryClass,
  DeliveryMark,
  DeliveryRules,
  Gap,
  HandshakeLink,
  HandshakeResult,
  JudgeContext,
  Phase,
  Port,
  Verdict,
} from './client-protocol.ts'
export { Connection } from './connection/connection.ts'
export type { ConnectionEvents, ConnectionMetrics, Guarantees } from './connection/events.ts'
export { type Explainable, explain, explainCause, explainRecord } from './connection/explain.ts'
export type { FlightRecord } from './connection/flight-recorder.ts'
export {
  type DialReason,
  type Effect,
  INITIAL_MACHINE,
  type Machine,
  type MachineEnv,
  type MachineEvent,
} from './connection/machine/state.ts'
export { step } from './connection/machine/step.ts'
export {
  type AttemptContext,
  type CloseOptions,
  CONNECTION_DEFAULTS,
  type ConnectionOptions,
  type ConnectOptions,
  type RetryChoice,
  resolveRetry,
} from './connection/options.ts'
export { type Interruptible, type OutageOptions, watchOutages } from './connection/outages.ts'
export type { ConnectionState, Outcome, Status } from './connection/status.ts'
export { type Arrival, Cursor, type Position } from './delivery/cursor.ts'
export type { Confirmed, Delivery, DeliveryState } from './delivery/delivery.ts'
export type { DeliveryReport } from './delivery/delivery-reports.ts'
export { Inbox, type InboxOptions, type StreamSource } from './delivery/inbox.ts'
export { OpenQuestions } from './delivery/open-questions.ts'
export { Outbox } from './delivery/outbox.ts'
export type { Confirmation, OutboxHost, OutboxOptions, SendOptions } from './delivery/outbox-host.ts'
export { ReplayBuffer } from './delivery/replay-buffer.ts'
export {
  type AskOptions,
  type CheckedAskOptions,
  type RequestLink,
  type RequestRules,
  Requests,
} from './delivery/requests.ts'
export { Seen } from './delivery/seen.ts'
export {
  items,
  type MessagesOptions,
  messages,
  type Readable,
  type StreamItem,
  type StreamReader,
} from './delivery/streams.ts'
export { CORE_ERRORS, type CoreErrorCode, CredentialsRefused } from './errors.ts'
export { jsonProtocol } from './json-protocol.ts'
export { defaultJudge, type JudgeRules, judgeBy } from './judge.ts'
export { type BackoffOptions, type BackoffStage, backoffDelay, backoffWindow } from './retry/backoff.ts'
export type { DialLimit } from './retry/budget.ts'
export { RETRY_PRESETS, type RetryOptions, type RetryPreset } from './retry/presets.ts'
export { type Meaning, meaningOf, mistakeIn, saysWhy } from './retry/retry-policy.ts'
export { type Deferred, deferred } from './support/deferred.ts'
export { Emitter, type EventSource } from './support/emitter.ts'
export { shareCredentials } from './support/share-credentials.ts'
export { TaskPool, type TaskPoolOptions } from './support/task-pool.ts'
export { follow, isThenable } from './support/thenable.ts'
