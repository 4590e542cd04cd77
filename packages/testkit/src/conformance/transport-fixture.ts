import type { ChannelEnd, ChannelTraits, Clock, Target, Transport, WebSocketFrame } from '@holdfast/contract'

/** What the server does with the next dial. Plain data, so that it can be sent to a server in another process. */
export type DialPlan =
  | {
      readonly kind: 'accept'
      /** Sent in the same turn in which the dial is accepted. */
      readonly greet?: readonly WebSocketFrame[] | undefined
      /** Closed right after the greeting. */
      readonly thenClose?: { readonly code: number; readonly reason: string } | undefined
      /** The subprotocol to select. @defaultValue none */
      readonly protocol?: string | undefined
    }
  /** Answers with a status of HTTP instead of the upgrade. */
  | {
      readonly kind: 'refuse'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>> | undefined
      readonly body?: string | undefined
    }
  /** Cuts the connection without an answer. */
  | { readonly kind: 'reset' }
  /** Takes the connection and never answers. */
  | { readonly kind: 'hang' }

/** The server's end of one accepted dial. Every method may answer at once or with a promise. */
export interface ServerLink {
  /** What the dial asked with; names in lower case. */
  readonly requestHeaders: Readonly<Record<string, string>>
  send(frame: WebSocketFrame): void | Promise<void>
  /** One text message in several fragments. Leave it out where the link has no fragments. */
  sendFragments?(parts: readonly string[]): void | Promise<void>
  /** The first `count` frames that came, once that many have. */
  received(count: number): Promise<readonly WebSocketFrame[]>
  /** Bytes that wait because the other side does not read. */
  bufferedBytes(): number | Promise<number>
  /** Begins the closing handshake; without a code, the close frame carries none. */
  close(code?: number, reason?: string): void | Promise<void>
  /** Ends the connection without a close frame. */
  drop(): void | Promise<void>
  /** Stops reading and answering; the connection stays. */
  stall(): void | Promise<void>
  /** Reads and answers again. */
  unstall(): void | Promise<void>
  /** How this end saw the end. */
  ended(): Promise<ChannelEnd>
}

/** The server that a transport under test dials. */
export interface ConformanceServer {
  /** Plans the next dial; dials without a plan are accepted. */
  plan(plan: DialPlan): void | Promise<void>
  /** Resolves once a dial has arrived since the last `plan()`, answered or not. */
  dialed(): Promise<void>
  /** The server's end of the accepted dials, in order; waits for the next one. */
  link(): Promise<ServerLink>
  /** Resolves once no connection is left. */
  idle(): Promise<void>
}

/** One transport with its server, made anew for each test. */
export interface TransportFixture {
  readonly transport: Transport
  readonly target: Target
  readonly server: ConformanceServer
  /** A target without a listener; leave it out where there is no such thing. */
  readonly deadTarget?: Target | undefined
  /**
   * Waits for a promise of the suite. Give one where time has to be moved for anything to happen (a virtual clock).
   * @defaultValue just waits
   */
  until?<T>(promise: Promise<T>): Promise<T>
  /** Bounds the waits of the suite. @defaultValue the system's time */
  readonly clock?: Clock | undefined
  teardown(): void | Promise<void>
}

/** What a transport declares of itself. The suite tests that it is so, and that what it lacks fails as promised. */
export interface TransportExpectations {
  readonly traits: ChannelTraits
  /** `open()` dials: it can be refused, reset and aborted. False for accepted sockets. @defaultValue true */
  readonly dials?: boolean | undefined
  /** A refusal's status and `Retry-After` are seen. Browsers cannot. @defaultValue true */
  readonly refusalStatus?: boolean | undefined
  /** Subprotocols are negotiated. @defaultValue true */
  readonly protocols?: boolean | undefined
  /** `bufferedBytes` and `drained()` show that a peer does not read. @defaultValue true */
  readonly backpressure?: boolean | undefined
  /** A dead link is noticed without a rule of the protocol's. False: `liveness` is `none`. @defaultValue true */
  readonly watches?: boolean | undefined
  /** The largest message to carry. @defaultValue 1 MiB */
  readonly largeBytes?: number | undefined
  /** More than buffers of the system take in for a peer that does not read. @defaultValue 16 MiB */
  readonly floodBytes?: number | undefined
}

/** Expectations with their defaults filled in. */
export type ResolvedExpectations = {
  readonly [Key in keyof TransportExpectations]-?: Exclude<TransportExpectations[Key], undefined>
}
