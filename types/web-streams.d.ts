// Of the WHATWG Streams Standard, what packages use that are made of its streams. Not every runtime has them.

interface ReadableStreamDefaultController<R> {
  readonly desiredSize: number | null
  enqueue(chunk: R): void
  close(): void
  error(reason?: unknown): void
}
interface ReadableStreamDefaultReader<R> {
  read(): Promise<{ readonly done: false; readonly value: R } | { readonly done: true; readonly value?: R | undefined }>
  releaseLock(): void
}
interface ReadableStream<R> {
  getReader(): ReadableStreamDefaultReader<R>
}
declare var ReadableStream: {
  new <R>(
    source: {
      start?(controller: ReadableStreamDefaultController<R>): void
      pull?(controller: ReadableStreamDefaultController<R>): void | PromiseLike<void>
      cancel?(reason?: unknown): void | PromiseLike<void>
    },
    strategy?: { readonly highWaterMark?: number },
  ): ReadableStream<R>
}
interface WritableStream<W> {
  readonly locked: boolean
  close(): Promise<void>
  abort(reason?: unknown): Promise<void>
}
interface WritableStreamDefaultController {
  error(reason?: unknown): void
}
declare var WritableStream: {
  new <W>(sink: {
    start?(controller: WritableStreamDefaultController): void
    write?(chunk: W): void | PromiseLike<void>
    close?(): void | PromiseLike<void>
    abort?(reason?: unknown): void | PromiseLike<void>
  }): WritableStream<W>
}
