import { GATE_LIMITS, type GateLimits } from '@holdfast/gate/internals'
import { ACP_LIMITS } from '@holdfast/protocol/acp'

/** Bounds of the endpoint, over both ways in. Milliseconds, bytes and counts. */
export interface AcpEndpointLimits extends GateLimits {
  /** A client that has not sent `initialize` after so long is disconnected (1008). */
  readonly initializeTimeoutMs: number
  /** Characters of the id of a request or a session; longer ones are refused (400, or 1008). */
  readonly maxIdLength: number
  /** What a client has not taken yet. Beyond it it is disconnected; a client with the resume extension continues from the log. */
  readonly maxUnreadBytes: number
  /** So much that a client has not taken, and a history waits. */
  readonly readyBytes: number
  /** So much unacknowledged, and a client with the resume extension is asked how far it is. */
  readonly askAckBytes: number
  /** How long a client with the resume extension may be away and go on from memory; later it continues from the log. */
  readonly resumeWindowMs: number
  /** Over HTTP, a connection of which no stream is read and nothing comes for so long is ended. */
  readonly readerTimeoutMs: number
  /** Event streams that one connection may have. */
  readonly maxStreams: number
  /** Time between two comments on an event stream. */
  readonly keepAliveMs: number
}

/** Where nothing else is said. */
export const ACP_ENDPOINT_LIMITS: AcpEndpointLimits = {
  ...GATE_LIMITS,
  maxFrameBytes: ACP_LIMITS.maxMessageBytes,
  initializeTimeoutMs: 60_000,
  maxIdLength: ACP_LIMITS.maxIdLength,
  maxUnreadBytes: 16_777_216,
  readyBytes: 1_048_576,
  askAckBytes: 262_144,
  resumeWindowMs: 120_000,
  readerTimeoutMs: 60_000,
  maxStreams: 1_024,
  keepAliveMs: ACP_LIMITS.keepAliveMs,
}
