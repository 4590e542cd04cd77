/** An agent that has answered `initialize`. */
export interface ReadyAgent {
  /** The life of its program. */
  readonly program: string
  /** Its answer to `initialize`. */
  readonly initialized: Readonly<Record<string, unknown>>
}

/** What a session needs of its agent. */
export interface SessionAgent {
  readonly name: string
  /** The one that runs; `undefined` where none does that is known. */
  readonly current: ReadyAgent | undefined
  /** Starts it where it does not run. @throws `acp/start_failed`, `acp/host_lost` */
  ready(session: string): Promise<ReadyAgent>
  /** Ends its program, where it is still this one: people read why. */
  fail(program: string, why: string): void
  /** Writes a line: once for each number of the session. */
  write(session: string, n: number, message: Readonly<Record<string, unknown>>): void
}
