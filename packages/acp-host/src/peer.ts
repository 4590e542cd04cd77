import type { Principal } from '@holdfast/gate'
import type { JsonRpcMessage, JsonRpcRequest } from '@holdfast/protocol/acp'

/** Where in a session's log a message comes from: the same one again has the same origin, from any gateway. */
export interface LogOrigin {
  /** As the client knows the session. */
  readonly sessionId: string
  /** Number of the record. Several messages of one record have `part` 0, 1, … */
  readonly seq: number
  readonly part: number
}

/** One ACP client that is connected, whatever carries its messages. */
export interface AcpPeer {
  readonly principal: Principal
  /**
   * The client object, stable over connections and over gateways, of a client with the resume extension. Requests with the
   * same key of the same client are one request.
   * @defaultValue a client that will never be known again
   */
  readonly clientId?: string | undefined
  /** The agent that the client wants to work with. @defaultValue the first that is configured */
  readonly agent?: string | undefined
  /**
   * Hands one message to the client, in order. Never throws: a client that is gone gets it when it resumes, or not at all.
   * `origin` is absent for what is in no log, such as the answer to `initialize`; that to `session/load` and `session/resume`
   * has the last record before it, so that the client is in the session from there on. For requests, the id is made from the
   * origin, so that an answer finds its question again behind another gateway.
   */
  send(message: JsonRpcMessage, origin?: LogOrigin): void
  /**
   * A promise while the client has more than it takes, for the sender of a history: it settles when more may come, or the
   * client is gone. What happens now need not wait.
   * @defaultValue never
   */
  ready?(): Promise<void> | undefined
  /** Records of a session that are behind the position of an `earlier` connection are gone: it learns that they are missing. */
  gap?(sessionId: string, reason: 'retention' | 'rollback' | 'unknown-session'): void
  /** Ends the connection. Idempotent; `closed()` follows. */
  close(reason: { readonly code: string; readonly message: string }): void
}

/** What a client with the resume extension says of a connection that this gateway does not know: an earlier one served it. */
export interface EarlierConnection {
  /** Its `initialize`, which was answered then and is not answered again. */
  readonly initialize: JsonRpcRequest
  /** The sessions that it is attached to, and the last record of each that has reached it, with all its parts. */
  readonly sessions: readonly { readonly sessionId: string; readonly seq: number }[]
}

/** What serves ACP clients. */
export interface AcpService {
  /**
   * Takes a client. The first message that a new one sends is `initialize`; one with an `earlier` connection continues where
   * it was: it gets what followed its positions, and then sends again what was not answered, under the keys of before.
   */
  connect(peer: AcpPeer, earlier?: EarlierConnection): AcpConnection
  /** Lets every client go. Agents run on. Idempotent; never rejects. */
  close(): Promise<void>
}

/** The service's side of a connection. Calls after `closed()` do nothing. */
export interface AcpConnection {
  /**
   * Takes one message, in the order of the wire, that is well-formed JSON-RPC. Never throws or rejects. Resolved when the
   * next one may come: a client that sends faster is read more slowly.
   * @param key of a client with `clientId`: the same message again has the same key, and is done once
   */
  receive(message: JsonRpcMessage, key?: string): void | Promise<void>
  /** The link is gone, and the client may come back to this very connection. What is sent meanwhile is the peer's to keep. */
  detached(): void
  /** It came back. */
  attached(): void
  /** The connection is over: nothing sent reaches the client any more. Idempotent. */
  closed(): void
}
