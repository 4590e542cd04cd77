/** Every bound of streams. All finite. */
export interface StreamLimits {
  /** Bytes of one body; it goes into the log at once or not at all. */
  readonly maxBodyBytes: number
  /** Bytes of the bodies of one stream that wait for the log; above it they are refused until there is room. */
  readonly maxWaitingBytes: number
  /** Producers that a stream remembers; the one that wrote longest ago is forgotten. */
  readonly maxProducers: number
  /** Characters of a producer's id and of `Stream-Seq`. */
  readonly maxNameLength: number
  /** Characters of a stream's name, as it is in the path. */
  readonly maxPathLength: number
  readonly maxUrlLength: number
  /** A read that waits for new data is answered without any after this. */
  readonly longPollMs: number
  /** An event stream ends after this, so that caches can collapse readers again. */
  readonly sseLifeMs: number
  readonly sseKeepAliveMs: number
  /** Readers that wait, of everybody … */
  readonly maxReaders: number
  /** … and of one principal. Readers of links count for the link. */
  readonly maxReadersPerPrincipal: number
  /** Output of one reader that was not taken; above it nothing more is read for it. In bytes. */
  readonly readerHighBytes: number
  /** Streams whose state is kept in memory; those that are idle longest go first. */
  readonly maxOpen: number
  /** Bytes of pages that are kept of all streams together. */
  readonly maxPageBytes: number
  /** Streams that a principal has; those of all count for the log's own bound. */
  readonly maxStreamsPerPrincipal: number
  /** New streams that a principal may make at once … */
  readonly createBurst: number
  /** … and one more every so many milliseconds. */
  readonly createEveryMs: number
  /** A link that names no end ends after this. */
  readonly linkMs: number
  /** No link lasts longer. */
  readonly maxLinkMs: number
  /** What is known of a stream or link is looked up anew after this: so long another gateway's change may take. */
  readonly recordAgeMs: number
  /** Streams that have expired are looked for this often. */
  readonly sweepMs: number
  /** A snapshot of a stream's producers is stored every so many appends. */
  readonly snapshotAppends: number
}

/** The defaults. */
export const STREAM_LIMITS: StreamLimits = {
  // As base64 it fits the 4 MiB of one append to a log.
  maxBodyBytes: 3_000_000,
  maxWaitingBytes: 16 * 1024 * 1024,
  maxProducers: 10_000,
  maxNameLength: 256,
  maxPathLength: 400,
  maxUrlLength: 4_096,
  longPollMs: 20_000,
  // Protocol §10.2.
  sseLifeMs: 60_000,
  sseKeepAliveMs: 15_000,
  maxReaders: 20_000,
  maxReadersPerPrincipal: 5_000,
  readerHighBytes: 1_048_576,
  maxOpen: 1_000,
  maxPageBytes: 64 * 1024 * 1024,
  maxStreamsPerPrincipal: 10_000,
  createBurst: 1_000,
  createEveryMs: 50,
  linkMs: 24 * 60 * 60 * 1000,
  maxLinkMs: 30 * 24 * 60 * 60 * 1000,
  recordAgeMs: 1_000,
  sweepMs: 60_000,
  snapshotAppends: 1_000,
}
