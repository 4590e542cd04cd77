/** What a node tells the others under a key. */
export interface DirectoryEntry {
  readonly key: string
  /** Whose it is. */
  readonly node: string
  /** Any JSON value. Checked by whoever reads it: another version may have written it. */
  readonly value: unknown
}

/** An entry of another node came, changed, or went. */
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
 * What the nodes of a cluster tell each other that need not be durable: who is where. Every entry belongs to the node
 * that wrote it and vanishes with it: at once when it closes, and when its lease ends where it died (design: server
 * §3.6). One object is one node.
 *
 * `put` and `remove` return at once and reach the others soon, several changes of one key perhaps as the last one
 * alone. While the store is away they are kept, and told when it is back.
 */
export interface Directory {
  /** The name of this node. */
  readonly node: string
  /** A secret that all nodes of the cluster have and nobody else. Rejects with `cluster/unavailable`. */
  secret(): Promise<string>
  /** Tells the others. @throws `cluster/bad_entry`, `cluster/full` */
  put(key: string, value: unknown): void
  /** Takes an entry back, or lets go of a claim. Does nothing where there is none of this node. */
  remove(key: string): void
  /** What the other nodes tell under keys that begin so, as far as it was heard. */
  entries(prefix: string): readonly DirectoryEntry[]
  /** Tells of what changes under keys that begin so, at the other nodes. Returns its own undo. */
  watch(prefix: string, changed: (change: DirectoryChange) => void): () => void
  /**
   * Takes a key for this node alone: of several that ask, one gets it. Answers with who has it, which may be another
   * node, and what that told. Claims are kept apart from entries. Rejects with `cluster/unavailable`.
   */
  claim(key: string, value: unknown): Promise<DirectoryEntry>
  /** Who has claimed a key; asked of the store, not of what was heard. Rejects with `cluster/unavailable`. */
  holder(key: string): Promise<DirectoryEntry | undefined>
  /** Takes everything of this node back. Idempotent; afterwards nothing is told or heard. */
  close(): Promise<void>
}
