/** What a node publishes under a key. */
export interface DirectoryEntry {
  readonly key: string
  /** Whose it is. */
  readonly node: string
  /** Any JSON value. The reader checks it: another version may have written it. */
  readonly value: unknown
}

/** An entry of another node was added, changed or removed. */
export interface DirectoryChange {
  readonly kind: 'set' | 'gone'
  /** For `gone`: as it was last. */
  readonly entry: DirectoryEntry
}

/** Bounds of a directory. */
export interface DirectoryLimits {
  readonly maxKeyLength: number
  /** One value as JSON, in characters. */
  readonly maxValueLength: number
  /** Entries and claims of one node. */
  readonly maxEntries: number
}

export const DIRECTORY_LIMITS: DirectoryLimits = { maxKeyLength: 512, maxValueLength: 16_384, maxEntries: 200_000 }

/**
 * State that the nodes of a cluster share and that need not be durable, such as who is connected where. Every entry
 * belongs to the node that wrote it and is removed with it: at once when it closes, and when its lease ends where it
 * crashed (design: server §3.6). One object is one node.
 *
 * `put` and `remove` return at once and reach the others soon; several changes of one key may arrive as the last one
 * alone. While the store is unreachable they are kept, and sent when it is back.
 */
export interface Directory {
  /** The name of this node. */
  readonly node: string
  /** A secret that only the nodes of the cluster share. Rejects with `cluster/unavailable`. */
  secret(): Promise<string>
  /** Publishes it to the others. @throws `cluster/bad_entry`, `cluster/full` */
  put(key: string, value: unknown): void
  /** Removes an entry, or releases a claim. Does nothing where this node has none. */
  remove(key: string): void
  /** The other nodes' entries whose keys begin with `prefix`, as far as they have arrived here. */
  entries(prefix: string): readonly DirectoryEntry[]
  /** Calls `changed` for every change by other nodes under keys that begin with `prefix`. Returns a function that stops it. */
  watch(prefix: string, changed: (change: DirectoryChange) => void): () => void
  /**
   * Claims a key for this node alone: of several that ask, one gets it. Resolves with the holder, which may be another
   * node, and the value of its claim. Claims are kept apart from entries. Rejects with `cluster/unavailable`.
   */
  claim(key: string, value: unknown): Promise<DirectoryEntry>
  /** The holder of a claim; read from the store, not from what has arrived here. Rejects with `cluster/unavailable`. */
  holder(key: string): Promise<DirectoryEntry | undefined>
  /** Removes everything of this node. Idempotent; afterwards nothing is sent or received. */
  close(): Promise<void>
}
