/** What a client under test receives, and reports. */
export interface Contestant {
  /**
   * Message `n` on its way up. A promise: it resolves when the client says that the server has it, and rejects when it says that it has
   * not. Nothing: the client says nothing, and what does not arrive is lost silently.
   */
  send(n: number): Promise<unknown> | undefined
  close(): unknown
}

/** What a client reports to its app of the way down. */
export interface Heard {
  /** Message `n` came. */
  message(n: number): void
  /** The client says that something may be missing here, or that nothing comes any more. */
  gap(): void
}

/** One client of a wire. */
export interface Entry {
  readonly name: string
  readonly isOurs: boolean
  /** What a program of its user imports, for its size. */
  readonly imports: string
  /** `host:port` of the network in front of the server. Resolves once messages pass both ways. */
  start(address: string, id: string, heard: Heard): Promise<Contestant>
}

/** A real server, and a client beside it that sees everything and has no network in between. */
export interface Server {
  readonly port: number
  /** Message `n` for the client `id`. */
  publish(id: string, n: number): void
  stop(): Promise<void>
}

/** One protocol with its server and the clients that are compared. */
export interface Wire {
  readonly name: string
  readonly server: string
  start(arrived: (id: string, n: number) => void): Promise<Server>
  readonly entries: readonly Entry[]
}
