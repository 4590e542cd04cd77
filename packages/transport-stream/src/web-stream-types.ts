/** As much of a `ReadableStream` (WHATWG Streams) as a channel needs. The runtime's own fits. */
export interface ReadableLike {
  getReader(): ReaderLike
}

export interface ReaderLike {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | string | undefined }>
  cancel(reason?: unknown): Promise<void>
}

/** As much of a `WritableStream` as a channel needs. The runtime's own fits. */
export interface WritableLike {
  getWriter(): WriterLike
}

export interface WriterLike {
  write(chunk: Uint8Array): Promise<void>
  close(): Promise<void>
  abort(reason?: unknown): Promise<void>
}

/**
 * Two directions of one link: a stream of WebTransport, what `Deno.connect()` or workerd's `connect()` gives, a
 * `WebSocketStream`'s `opened`, a `TransformStream`.
 */
export interface StreamPair {
  readonly readable: ReadableLike
  readonly writable: WritableLike
  /** Frees what is below the streams. Called once, when the channel has ended. @defaultValue nothing */
  close?(): void
}
