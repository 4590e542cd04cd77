/** What the simulated client says. A protocol small enough to read in a trace, with everything that resuming needs. */
export type ClientFrame =
  | {
      readonly t: 'hello'
      readonly token: string
      readonly epoch?: string | undefined
      /** The highest number of an event that was processed. */
      readonly received: number
    }
  | { readonly t: 'data'; readonly label: string; readonly id?: string | undefined; readonly seq?: number | undefined }
  | { readonly t: 'ask'; readonly id: string }
  | { readonly t: 'renew'; readonly token: string }
  | { readonly t: 'ping'; readonly nonce: number }

/** What the simulated server says. */
export type ServerFrame =
  | {
      readonly t: 'welcome'
      readonly resumed: boolean
      readonly epoch: string
      /** The highest `seq` of the client that the server holds. */
      readonly received: number
      /** Number of the last event before those that follow. */
      readonly base: number
    }
  | { readonly t: 'refused' }
  | { readonly t: 'event'; readonly seq: number }
  | { readonly t: 'acked'; readonly ids: readonly string[]; readonly through: number }
  | { readonly t: 'answer'; readonly id: string }
  | { readonly t: 'goaway'; readonly spreadMs: number }
  | { readonly t: 'pong'; readonly nonce: number }
