import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** Who sent a request, and what they may do. */
export interface Principal {
  readonly id: string
  readonly scopes: ReadonlySet<string>
  /**
   * End of the credentials, in milliseconds since 1970: the hub and its shells then close with 4401, or end the event stream.
   * @defaultValue never
   */
  readonly expiresAt?: number | undefined
  /** Set for the holder of a grant: nothing else is there for it. */
  readonly grant?: GrantedAccess | undefined
  /** Aborted where the credentials stop counting before their end: connections are ended as at it. */
  readonly revoked?: AbortSignal | undefined
}

/** The one session or shell that a grant gives access to, and the role. */
export interface GrantedAccess {
  /** The principal who granted it, and what that may do now: the holder never does more. */
  readonly by: string
  readonly byScopes: ReadonlySet<string>
  readonly session?: string | undefined
  /** The life of the session. */
  readonly epoch?: string | undefined
  readonly shell?: string | undefined
  readonly role: string
}

/** What a request brought to prove itself. */
export interface Credentials {
  readonly bearer?: string | undefined
  readonly apiKey?: string | undefined
  readonly request: IncomingMessage
}

/** Turns credentials into a principal; `undefined` refuses them. Called for every request, on resume as on a first connect. */
export type Authenticate = (credentials: Credentials) => Principal | undefined | Promise<Principal | undefined>

/** One of several WebSocket endpoints behind one http server's `upgrade` event. */
export interface UpgradeEndpoint {
  /** Whether this endpoint answers a path. The path comes without query. */
  handles(path: string): boolean
  /** Answers an upgrade, with a WebSocket or with an HTTP refusal. Never throws. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Refuses new upgrades and asks every client to reconnect, spread over `reconnectWindowMs`. */
  drain?(reconnectWindowMs: number): Promise<void>
}

/** One of several HTTP endpoints behind one http server's `request` event. */
export interface RequestEndpoint {
  handles(request: IncomingMessage): boolean
  /** Answers a request. Never throws. */
  handle(request: IncomingMessage, response: ServerResponse): void
}
