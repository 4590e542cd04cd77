/** What is read of a response's body. */
export interface HubFetchBody {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
    cancel(reason?: unknown): Promise<void>
  }
}

/** What is read of a response. */
export interface HubFetchResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: HubFetchBody | null
}

/** What a request is made of. */
export interface HubFetchInit {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string
  readonly signal: AbortSignal
  readonly redirect: 'manual'
  readonly cache: 'no-store'
}

/** As much of `fetch` (WHATWG Fetch) as {@link HubApi} needs. The runtime's own fits. */
export type HubFetch = (url: string, init: HubFetchInit) => Promise<HubFetchResponse>
