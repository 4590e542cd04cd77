import type { WebSocketFrame } from '@holdfast/contract'
import type { HandshakeResult } from '../client-protocol.ts'
import { ConnectionFace } from './connection-face.ts'
import type { ConnectionOptions } from './options.ts'

/**
 * A connection that stays: dials, retries, notices dead links, keeps what is sent in order and says what became of it.
 * Any protocol, any transport. `connect()` starts it, `close()` ends it; in between it looks after itself.
 * `In`: what comes. `Out`: what is sent.
 */
export interface Connection<In = unknown, Out = unknown>
  extends ConnectionFace<In, Out, unknown, unknown, HandshakeResult | undefined> {}

/** A {@link Connection} whose protocol returns more from its handshake: `ready`, and what the event `open` brings, is `Ready`. */
export interface HandshakeConnection<In, Out, Ready extends object | undefined>
  extends ConnectionFace<In, Out, unknown, unknown, Ready> {}

/** What `new Connection(…)` returns: {@link Connection}, or {@link HandshakeConnection} where the handshake returns more. */
export type ConnectionOf<In, Out, Ready extends object | undefined> = [HandshakeResult | undefined] extends [Ready]
  ? Connection<In, Out>
  : HandshakeConnection<In, Out, Ready>

/** Makes a {@link Connection}. Messages are those of the protocol in the options. */
export interface ConnectionConstructor {
  /** @throws `connection/invalid_option` */
  new <
    In = unknown,
    Out = unknown,
    WireIn = WebSocketFrame,
    WireOut = WebSocketFrame,
    Ready extends object | undefined = HandshakeResult | undefined,
  >(
    options: ConnectionOptions<In, Out, WireIn, WireOut, Ready>,
  ): ConnectionOf<In, Out, Ready>
}

export const Connection: ConnectionConstructor = ConnectionFace
