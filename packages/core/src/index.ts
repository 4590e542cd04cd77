export {
  type Clock,
  type Codec,
  type Decoded,
  type ErrorDetails,
  HoldfastError,
  inboundSilence,
  jsonText,
  type Logger,
  messagePing,
  OpenError,
  type SseEvent,
  systemClock,
  type Target,
  type Timer,
  type Transport,
  transportPing,
  type WakeSignals,
  type WebSocketChannel,
  type WebSocketFrame,
} from '@holdfast/contract'
export type {
  Cause,
  ClientProtocol,
  Credentials,
  DeliveryClass,
  Gap,
  HandshakeLink,
  HandshakeResult,
  ProtocolContext,
  RetryContext,
  RetryDecision,
} from './client-protocol.ts'
export { Connection } from './connection/connection.ts'
export type { ConnectionEvents, ConnectionMetrics, Guarantees } from './connection/events.ts'
export { explain, explainCause, explainRecord } from './connection/explain.ts'
export type { FlightRecord } from './connection/flight-recorder.ts'
export {
  type CloseOptions,
  CONNECTION_DEFAULTS,
  type ConnectionOptions,
  type ConnectOptions,
  type RetryChoice,
} from './connection/options.ts'
export { watchOutages } from './connection/outages.ts'
export type { ConnectionState, Outcome, Status } from './connection/status.ts'
export type { InboxOptions } from './delivery/inbound/inbox.ts'
export { items, type MessagesOptions, messages, type StreamItem } from './delivery/inbound/streams.ts'
export type { Confirmed, Delivery, DeliveryState } from './delivery/outbox/delivery.ts'
export type { DeliveryReport } from './delivery/outbox/delivery-reports.ts'
export type { OutboxOptions, SendOptions } from './delivery/outbox/outbox-host.ts'
export { type AskOptions, Requests } from './delivery/requests.ts'
export { CORE_ERRORS, type CoreErrorCode, CredentialsRefused } from './errors.ts'
export { jsonProtocol } from './json-protocol.ts'
export type { AttemptContext } from './support/attempt-context.ts'
export { shareCredentials } from './support/share-credentials.ts'
