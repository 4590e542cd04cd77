/** What is read of a response's body: a `ReadableStream` of bytes. */
export interface ByteStream {
  getReader(): ByteReader
  cancel(reason?: unknown): Promise<void>
}

/** The default reader of a `ReadableStream` of bytes. */
export interface ByteReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
  cancel(reason?: unknown): Promise<void>
}

/** What is read of a response. */
export interface FetchResponse {
  readonly status: number
  readonly headers: Iterable<readonly [string, string]>
  readonly body: ByteStream | null
}

/** As much of `fetch` (WHATWG Fetch) as an event stream needs. The runtime's own fits. */
export type Fetch = (
  url: string,
  init: { readonly headers: Record<string, string>; readonly signal: AbortSignal },
) => Promise<FetchResponse>

/** As much of the runtime's `Headers` as a check of one needs. */
export interface HeadersConstructor {
  new (headers?: Readonly<Record<string, string>>): object
}
