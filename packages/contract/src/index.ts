/// <reference lib="esnext.disposable" preserve="true" />
export { abortReason, throwIfAborted } from './abort.ts'
export type { ReadableBody } from './body-text.ts'
export { bodyText } from './body-text.ts'
export { isCertificateCode } from './certificate.ts'
export type {
  Channel,
  ChannelEnd,
  ChannelSink,
  ChannelTraits,
  EventStreamChannel,
  Opening,
  SseEvent,
  WebSocketChannel,
  WebSocketFrame,
} from './channel/channel.ts'
export type { Clock, Timer } from './clock.ts'
export { pause, systemClock } from './clock.ts'
export type { Codec, Decoded, FrameReader, MessageTaker } from './codec.ts'
export type { ChannelErrorCode, ErrorDetails, OpenErrorCode, OpenErrorDetails, PeerWord } from './errors.ts'
export { CHANNEL_ERRORS, HoldfastError, OpenError } from './errors.ts'
export type { ExchangeEnd, ExchangeRule } from './exchange.ts'
export { oneAnswer } from './exchange.ts'
export type { Json, JsonTextOptions } from './json-text.ts'
export { jsonText, parsedJson } from './json-text.ts'
export { heartbeat } from './liveness/heartbeat.ts'
export type { HeartbeatOptions, ProbeKind } from './liveness/heartbeat-options.ts'
export { HEARTBEAT_DEFAULTS } from './liveness/heartbeat-options.ts'
export type { MessagePing } from './liveness/liveness-rules.ts'
export { doubtAfterSleep, inboundSilence, messagePing, transportPing } from './liveness/liveness-rules.ts'
export type {
  DeadRule,
  Liveness,
  LivenessHost,
  LivenessRule,
  LivenessWatch,
  Rtts,
} from './liveness/liveness-types.ts'
export { WAKE_PROBE_MS } from './liveness/liveness-types.ts'
export type { MutualBeats } from './liveness/mutual-beats.ts'
export { mutualBeats } from './liveness/mutual-beats.ts'
export type { LogFields, Logger } from './logger.ts'
export { isSecretName, redactHeaders, redactUrl, silentLogger } from './logger.ts'
export type { Maybe } from './merge-defaults.ts'
export { mergeBounds, mergeDefaults } from './merge-defaults.ts'
export type { Nearness } from './nearness.ts'
export { NEARNESS } from './nearness.ts'
export { retryAfterMs } from './parse-retry-after.ts'
export { peerWord } from './peer-word.ts'
export type { Random } from './random.ts'
export { randomId, systemRandom } from './random.ts'
export { severalMessages } from './several-messages.ts'
export type { StandardIssue, StandardResult, StandardSchema } from './standard-schema.ts'
export { schemaIssue } from './standard-schema.ts'
export type { Target, Transport, WakeSignal, WakeSignals } from './transport.ts'
export { assertWebSocketTarget, protocolNotSelected } from './web-socket-target.ts'
