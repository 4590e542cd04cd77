/** Every bound of the hub. Each can be raised by asking for it; none is infinite by default. */
export interface HubLimits {
  /** The largest frame that is taken from a client; a larger one ends its connection (close code 1009). */
  readonly maxFrameBytes: number
  /** Body of a REST request. */
  readonly maxBodyBytes: number
  /** Request target of an upgrade, query included. */
  readonly maxUrlLength: number
  /** Connections of this process, over WebSocket and SSE together. */
  readonly maxConnections: number
  /** Of them those of one principal: the rest is for others. */
  readonly maxConnectionsPerPrincipal: number
  /** Participants of one session. */
  readonly maxParticipants: number
  /** Sessions that this process keeps in memory because somebody is in them. */
  readonly maxOpenSessions: number
  /** Of them those that one principal was the first to come into. */
  readonly maxOpenSessionsPerPrincipal: number
  /**
   * All sessions in memory together, about. Above it those that nobody is in are closed, the one that was left first before
   * all others; then those in use keep less of what the log has too; then no further one is opened.
   */
  readonly maxOpenBytes: number
  /** Event filters of one subscription, and the length of one. */
  readonly maxFilters: number
  readonly maxFilterLength: number
  /** Longest id of a message, and longest name of an event. */
  readonly maxIdLength: number
  /** Time for credentials, authorisation and the bootstrap frame. */
  readonly handshakeTimeoutMs: number
  /** Time for the first frame of a client that has shown no credential yet. */
  readonly firstFrameMs: number
  /** A ping every so often … */
  readonly pingIntervalMs: number
  /** … and a connection of which nothing was heard for so long is dropped. */
  readonly silenceMs: number
  /** A connection that still has output, none of which it took for so long, is dropped. */
  readonly stalledMs: number
  /** Above this much output in its socket a connection is fed from the log, at its own pace. */
  readonly socketHighBytes: number
  /** Effects of one connection's messages that may be on their way to the log; above it, its socket is not read. */
  readonly maxPendingAppends: number
  readonly maxPendingAppendBytes: number
  /** Those of all connections together; above it none is read that has one on its way. */
  readonly maxPendingTotalBytes: number
  /** Recent events kept for each session, for those who are a little behind. The log has the rest. */
  readonly ringEvents: number
  readonly ringBytes: number
  /** The newest conversation entries that a hydration carries, as JSON. */
  readonly hydrationBytes: number
  /** All hydrations together that their clients have not taken yet. */
  readonly maxHydrationOut: number
  /** Session files: how many, and their contents together. */
  readonly maxFiles: number
  readonly maxFileBytes: number
  /** Requests that wait for the lead's answer, and answers that are remembered. */
  readonly maxPendingRequests: number
  readonly maxAnswers: number
  /** Answers that one client may ask for again: how many, and all of them together in characters of JSON. */
  readonly maxSenderAnswers: number
  readonly maxSenderAnswerLength: number
  /** Those of all clients of a session together, and for how many clients. */
  readonly maxAnswerLength: number
  readonly maxAnsweredSenders: number
  /** What a client has sent is recognised, and its answers are kept, for so long without a contact. */
  readonly senderAgeMs: number
  /** Requests of leads that wait for people, and all of them together in characters of JSON. */
  readonly maxPendingApprovals: number
  readonly maxPendingApprovalLength: number
  /** How long a request waits for a lead to come. */
  readonly leadGraceMs: number
  /** The lead's lease, where several hubs share a log. */
  readonly leaseMs: number
  /** A filtered subscription is told the head this often … */
  readonly markIntervalMs: number
  /** … or after so many events that did not match. */
  readonly markEvents: number
  /** With more participants than this, observers' comings and goings are told together. */
  readonly presenceDetail: number
  /** … at most this often. */
  readonly presenceIntervalMs: number
  /** A comment keeps a silent event stream open. */
  readonly sseKeepAliveMs: number
  /** An event stream ends after so long, a tenth more or less, and is taken up again: so load can move. */
  readonly sseLifeMs: number
  /** A session that nobody is in stays in memory for so long. */
  readonly idleSessionMs: number
  /** A snapshot of the session at least every so many events. */
  readonly snapshotEvents: number
  /** What is kept of a session's log, behind its snapshot. */
  readonly retainEvents: number
  readonly retainBytes: number
  readonly retainMs: number
  /** Upgrades of one principal: so many at once, and one more every `upgradeEveryMs`. */
  readonly upgradeBurst: number
  readonly upgradeEveryMs: number
  /** New sessions of one principal: so many at once, and one more every `createEveryMs`. */
  readonly createBurst: number
  readonly createEveryMs: number
  /** Messages of one connection a second; above it, its socket is read more slowly. */
  readonly messagesPerSecond: number
}

/** Of the JavaScript heap: what sessions in memory, and what is on its way in and out, may take where it is small. */
const HEAP_SHARES = { maxOpenBytes: 1 / 4, maxHydrationOut: 1 / 8, maxPendingTotalBytes: 1 / 8 } as const

/** The bounds of a hub: those that are given, else the defaults, which are less where the heap is small. */
export function boundsOf(given: Partial<HubLimits> | undefined, heapBytes: number): HubLimits {
  const fits = (name: keyof typeof HEAP_SHARES): number =>
    Math.min(HUB_LIMITS[name], Math.floor(heapBytes * HEAP_SHARES[name]))
  return {
    ...HUB_LIMITS,
    maxOpenBytes: fits('maxOpenBytes'),
    maxHydrationOut: fits('maxHydrationOut'),
    maxPendingTotalBytes: fits('maxPendingTotalBytes'),
    ...given,
  }
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
