import type { Clock, WebSocketFrame } from '@holdfast/core'

/** What a message costs beside its bytes. */
export const MESSAGE_BYTES = 256

/** Why a session ended. */
export type ClosedReason = 'expired' | 'overflow' | 'replaced' | 'closed' | 'failed'

/** As much of a socket of `ws` as is needed. */
export interface ServerSocket {
  send(frame: WebSocketFrame): void
  close(code: number, reason: string): void
  /** Stops and continues reading, where messages come faster than they are handled. Without them the link is closed then. */
  pause?(): void
  resume?(): void
  on(event: 'message', listener: (data: unknown, isBinary: boolean) => void): unknown
  on(event: 'close' | 'error', listener: () => void): unknown
}

/** A client, over all its links. */
export interface ResumableSession {
  /** Random. It is no secret: a client resumes with a name that it alone knows. */
  readonly id: string
  /** As it was given to `accept`. */
  readonly owner: string
  /**
   * Sends a message, now or when the client is back; it arrives once, in order. False: the session is over, and it was not taken.
   * A client that has not confirmed `maxBytes` ends the session.
   */
  send(data: WebSocketFrame): boolean
  /** Ends the session: a client that is there is disconnected, and begins a new one. */
  close(): void
}

/** What the application does with a session. */
export interface SessionHandlers {
  /**
   * Called once for each message of the client, in order. Binary messages are `Uint8Array`s. Where it returns a promise, the next message
   * waits for it; beyond `maxBytes` that wait, nothing more is read from the client. The message counts as received when the promise
   * is settled: in a session that is lost before that, the client has it in doubt.
   */
  readonly onMessage: (data: WebSocketFrame) => unknown
  /**
   * The client is away for too long (`expired`), did not read (`overflow`), made room for others (`replaced`), `close()` was called
   * (`closed`), or a handler failed (`failed`).
   */
  readonly onClose?: ((reason: ClosedReason) => unknown) | undefined
}

/** Bounds of sessions. */
export interface ResumableSocketsOptions {
  /** How long a session waits for a client that is away. In milliseconds. @defaultValue 300000 (5 min) */
  readonly retainMs?: number | undefined
  /**
   * What a client has not confirmed, and what of it waits for `onMessage`; each in bytes, 256 more for each message.
   * @defaultValue 4194304 (4 MiB)
   */
  readonly maxBytes?: number | undefined
  /** Sessions at once; beyond that the one that is away for longest ends, and where none is a new client gets 1013. @defaultValue 10000 */
  readonly maxCount?: number | undefined
  /**
   * What `onSession`, `onMessage` or `onClose` threw, or rejected with. After a message that failed the session continues with the next
   * one; without a session from `onSession` the client is disconnected with 1011.
   * @defaultValue none: every failure ends its session (`failed`), and disconnects its client with 1011
   */
  readonly onError?: ((error: unknown, session: ResumableSession) => void) | undefined
  readonly clock?: Clock | undefined
}
