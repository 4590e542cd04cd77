import { limitsFrom } from '@holdfast/gate/internals'

/** Every bound of the hub. Each can be raised; none is infinite by default. */
export interface HubLimits {
  /** The largest frame of a client, in bytes; a larger one ends its connection (close code 1009). */
  readonly maxFrameBytes: number
  /** The largest body of a REST request, in bytes. */
  readonly maxBodyBytes: number
  /** The longest request target of an upgrade, query included, in characters. */
  readonly maxUrlLength: number
  /** Connections of this process, over WebSocket and SSE together. */
  readonly maxConnections: number
  /** Connections of one principal, so that others can still connect. */
  readonly maxConnectionsPerPrincipal: number
  /** Participants of one session. */
  readonly maxParticipants: number
  /** Sessions that this process keeps in memory because they have participants. */
  readonly maxOpenSessions: number
  /** Sessions in memory that were opened by one principal. */
  readonly maxOpenSessionsPerPrincipal: number
  /**
   * Estimated size of all sessions in memory, in bytes. Above it sessions without participants are closed, the one left
   * longest ago first; then those in use drop history that the log has too; then no further one is opened.
   */
  readonly maxOpenBytes: number
  /** Event filters of one subscription, and the length of one in characters. */
  readonly maxFilters: number
  readonly maxFilterLength: number
  /** The longest id of a message, and the longest name of an event, in characters. */
  readonly maxIdLength: number
  /** Time for credentials, authorisation and the bootstrap frame. In milliseconds. */
  readonly handshakeTimeoutMs: number
  /** Time for the first frame of a client without credentials in its request. In milliseconds. */
  readonly firstFrameMs: number
  /** How often a ping is sent, in milliseconds … */
  readonly pingIntervalMs: number
  /** … and a connection without a sign of life for this long is dropped. In milliseconds. */
  readonly silenceMs: number
  /** A connection that has output waiting for this long without reading any of it is dropped. In milliseconds. */
  readonly stalledMs: number
  /** Above this much unsent output in its socket, in bytes, a connection is sent events from the log, at its own pace. */
  readonly socketHighBytes: number
  /** Messages of one connection whose effects are not yet in the log; above it, its socket is not read. */
  readonly maxPendingAppends: number
  readonly maxPendingAppendBytes: number
  /** The same for all connections together; above it no connection is read that has such a message. */
  readonly maxPendingTotalBytes: number
  /** Recent events kept in memory for each session, for clients that are slightly behind. The log has the rest. */
  readonly ringEvents: number
  readonly ringBytes: number
  /** The newest conversation entries that a hydration carries, as JSON, in bytes of UTF-8. */
  readonly hydrationBytes: number
  /** All hydrations together that their clients have not received yet, in characters. */
  readonly maxHydrationOut: number
  /** Files of a session: how many, and their contents together, in bytes of UTF-8. Each change counts for 32 bytes more. */
  readonly maxFiles: number
  readonly maxFileBytes: number
  /** Requests of a session that wait for the lead's answer, and answers that are remembered. */
  readonly maxPendingRequests: number
  readonly maxAnswers: number
  /** Answers that one client may ask for again: how many, and all of them together in characters of JSON. */
  readonly maxSenderAnswers: number
  readonly maxSenderAnswerLength: number
  /** Those of all clients of a session together, and for how many clients. */
  readonly maxAnswerLength: number
  readonly maxAnsweredSenders: number
  /** How long a client's messages are recognised, and its answers kept, after its last contact. In milliseconds. */
  readonly senderAgeMs: number
  /** Requests of leads that wait for people, and all of them together in characters of JSON. */
  readonly maxPendingApprovals: number
  readonly maxPendingApprovalLength: number
  /** How long a request waits for a lead to connect. In milliseconds. */
  readonly leadGraceMs: number
  /** Duration of the lead's lease, where several hubs share a log. In milliseconds. */
  readonly leaseMs: number
  /** How often a filtered subscription is sent the newest number, in milliseconds … */
  readonly markIntervalMs: number
  /** … or after this many events that did not match. */
  readonly markEvents: number
  /** With more participants than this, observers joining and leaving are reported together. */
  readonly presenceDetail: number
  /** … at most this often, in milliseconds. */
  readonly presenceIntervalMs: number
  /** How often a comment keeps a silent event stream open. In milliseconds. */
  readonly sseKeepAliveMs: number
  /** An event stream ends after this long, a tenth more or less, and its client reconnects, so that load can move. In milliseconds. */
  readonly sseLifeMs: number
  /** How long a session without participants stays in memory. In milliseconds. */
  readonly idleSessionMs: number
  /**
   * A snapshot of the session is stored every this many events, and of a large one less often: after three quarters of
   * `retainEvents` at the latest.
   */
  readonly snapshotEvents: number
  /** How much of a session's log is kept behind its snapshot: events, bytes, milliseconds. */
  readonly retainEvents: number
  readonly retainBytes: number
  readonly retainMs: number
  /** Upgrades of one principal: this many at once, and one more every `upgradeEveryMs`. */
  readonly upgradeBurst: number
  readonly upgradeEveryMs: number
  /** New sessions of one principal: this many at once, and one more every `createEveryMs`. */
  readonly createBurst: number
  readonly createEveryMs: number
  /** Messages of one connection per second; above it, its socket is read more slowly. */
  readonly messagesPerSecond: number
}

/** Of the JavaScript heap: what sessions in memory, and what is on its way in and out, may take where it is small. */
const HEAP_SHARES = { maxOpenBytes: 1 / 4, maxHydrationOut: 1 / 8, maxPendingTotalBytes: 1 / 8 } as const

/**
 * The bounds of a hub: those that are given, else the defaults, which are less where the heap is small.
 * @throws HoldfastError `server/invalid_option`
 */
export function boundsOf(given: Partial<HubLimits> | undefined, heapBytes: number): HubLimits {
  const fits = (name: keyof typeof HEAP_SHARES): number =>
    Math.min(HUB_LIMITS[name], Math.floor(heapBytes * HEAP_SHARES[name]))
  const defaults = {
    ...HUB_LIMITS,
    maxOpenBytes: fits('maxOpenBytes'),
    maxHydrationOut: fits('maxHydrationOut'),
    maxPendingTotalBytes: fits('maxPendingTotalBytes'),
  }
  return limitsFrom(defaults, given)
}

/** The defaults (design: server §3.7, §3.8 and §6 where they name one). */
export const HUB_LIMITS: HubLimits = {
  maxFrameBytes: 1_048_576,
  maxBodyBytes: 262_144,
  maxUrlLength: 16_384,
  maxConnections: 50_000,
  // All clients of an installation may share one token: four fifths, so that others still find a place.
  maxConnectionsPerPrincipal: 40_000,
  maxParticipants: 10_000,
  maxOpenSessions: 10_000,
  maxOpenSessionsPerPrincipal: 8_000,
  maxOpenBytes: 536_870_912,
  maxFilters: 64,
  maxFilterLength: 128,
  maxIdLength: 256,
  handshakeTimeoutMs: 10_000,
  firstFrameMs: 5_000,
  pingIntervalMs: 15_000,
  // Two pings may get lost.
  silenceMs: 45_000,
  stalledMs: 300_000,
  socketHighBytes: 1_048_576,
  maxPendingAppends: 1_000,
  maxPendingAppendBytes: 4_194_304,
  maxPendingTotalBytes: 134_217_728,
  ringEvents: 1_000,
  ringBytes: 1_048_576,
  // Half of what our own clients accept in one message.
  hydrationBytes: 8_388_608,
  maxHydrationOut: 134_217_728,
  maxFiles: 64,
  maxFileBytes: 8_388_608,
  maxPendingRequests: 10_000,
  maxAnswers: 10_000,
  maxSenderAnswers: 64,
  maxSenderAnswerLength: 262_144,
  maxAnswerLength: 16_777_216,
  maxAnsweredSenders: 10_000,
  senderAgeMs: 86_400_000,
  maxPendingApprovals: 100,
  maxPendingApprovalLength: 4_194_304,
  // A lead that was restarted is back by then.
  leadGraceMs: 60_000,
  leaseMs: 20_000,
  markIntervalMs: 10_000,
  markEvents: 500,
  presenceDetail: 64,
  presenceIntervalMs: 5_000,
  sseKeepAliveMs: 15_000,
  sseLifeMs: 600_000,
  idleSessionMs: 60_000,
  snapshotEvents: 10_000,
  // Below the log's own bound, so that a session that is written without a pause never meets it.
  retainEvents: 80_000,
  retainBytes: 201_326_592,
  retainMs: 2_592_000_000,
  // A gateway that restarts sees all its clients at once, and they may share one token.
  upgradeBurst: 5_000,
  upgradeEveryMs: 2,
  createBurst: 200,
  createEveryMs: 200,
  messagesPerSecond: 20_000,
}
