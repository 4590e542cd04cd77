/** How something was read: one page, a wait for the next one, an event stream, a session's state, or only where it ends. */
export type ReadKind = 'page' | 'long-poll' | 'sse' | 'state' | 'head'

/** What streams have done since they were made, and what there is of them now. Bytes are of bodies. */
export interface StreamStats {
  /** Appends that are in the log … */
  readonly appendsWritten: number
  /** … and those of producers that were there before. */
  readonly appendsKnown: number
  readonly appendedBytes: number
  readonly reads: Readonly<Record<ReadKind, number>>
  readonly readBytes: number
  /** Answers by 304: the reader, or a cache, had the page. */
  readonly notModified: number
  /** Pages that were in memory, and pages that were read from the log. */
  readonly pagesFromMemory: number
  readonly pagesFromLog: number
  /** Refusals by code. */
  readonly refusals: Readonly<Record<string, number>>
  /** Streams and sessions that are in memory now. */
  readonly open: number
  /** Long polls that wait now … */
  readonly longPolls: number
  /** … and event streams that are open. */
  readonly eventStreams: number
  /** Bytes of pages that are in memory now. */
  readonly pageBytes: number
}

/** Counts what streams do: plain numbers, read on request. */
export class StreamCounts {
  appendsWritten = 0
  appendsKnown = 0
  appendedBytes = 0
  readBytes = 0
  notModified = 0
  pagesFromMemory = 0
  pagesFromLog = 0
  readonly reads: Record<ReadKind, number> = { page: 0, 'long-poll': 0, sse: 0, state: 0, head: 0 }
  readonly refusals: Map<string, number> = new Map()

  read(kind: ReadKind): void {
    this.reads[kind] += 1
  }

  refused(code: string): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
  }
}
