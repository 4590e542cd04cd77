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

/** What {@link systemFetch} is asked for. */
export interface SystemRequest {
  readonly method?: string
  readonly headers: Record<string, string>
  readonly body?: string
  readonly signal?: AbortSignal
  readonly redirect?: 'follow' | 'manual' | 'error'
  readonly cache?: 'no-store'
}

/** What is read of an answer that is no event stream. */
export interface SystemResponse extends FetchResponse {
  readonly headers: FetchResponse['headers'] & { get(name: string): string | null }
  json(): Promise<unknown>
}

/** As much of `fetch` as a client of a REST API needs. The runtime's own fits. */
export type SystemFetch = (url: string, init: SystemRequest) => Promise<SystemResponse>

/** As much of the runtime's `Headers` as a check of one needs. */
export interface HeadersConstructor {
  new (headers?: Readonly<Record<string, string>>): object
}
