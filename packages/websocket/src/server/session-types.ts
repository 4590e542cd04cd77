import type { WebSocketFrame } from '@holdfast/core'

/** Why a session ended. */
export type ClosedReason = 'expired' | 'overflow' | 'replaced' | 'closed'

/** As much of a socket of `ws` as is needed. */
export interface ServerSocket {
  send(frame: WebSocketFrame): void
  close(code: number, reason: string): void
  on(event: 'message', listener: (data: unknown, isBinary: boolean) => void): unknown
  on(event: 'close' | 'error', listener: () => void): unknown
}

/** A client, over all its links. */
export interface ResumableSession {
  /** Random. It is no secret: what a client goes on with is known to the client alone. */
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
  /** Called once for each message of the client, in order. Binary messages are `Uint8Array`s. */
  readonly onMessage: (data: WebSocketFrame) => void
  /** The client is away for too long (`expired`), did not read (`overflow`), made room for others (`replaced`), or `close()` was called. */
  readonly onClose?: ((reason: ClosedReason) => void) | undefined
}
