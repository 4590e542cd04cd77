import type { WebSocketFrame } from '@holdfast/contract'
import type { HandshakeResult } from './client-protocol.ts'
import { ConnectionFace, type ConnectionOf } from './connection/connection.ts'
import type { ConnectionOptions } from './connection/options.ts'
import { parkedBy } from './connection/status-waiters.ts'
import type { Inbox } from './delivery/inbound/inbox.ts'
import { type MessagesOptions, messages } from './delivery/inbound/streams.ts'

/** Options of {@link live}: those of the connection and of the loop. */
export type LiveOptions<In, Out, WireIn, WireOut, Ready extends object | undefined> = Omit<
  ConnectionOptions<In, Out, WireIn, WireOut, Ready>,
  'target' | 'onMessage' | 'concurrency'
> &
  Omit<MessagesOptions, 'signal'>

/** Messages, and the connection that they come by. */
export interface Live<In, Out, Ready extends object | undefined> extends AsyncIterableIterator<In> {
  /** The connection of the loop, for sending and for its status: `live.connection.send(…)`. */
  readonly connection: ConnectionOf<In, Out, Ready>
}

/**
 * A connection as one loop: `for await (const message of live('wss://…', { transport }))`. Dials when it is first read,
 * reconnects after every drop, and closes the connection when the loop is left by `break`, `return` or an error. Abort
 * ends the loop without an error.
 * @throws in the loop: the error that the connection is closed with, and the states in which it would wait for an app
 * (`connection/credentials_refused`, `connection/exhausted`)
 */
export function live<
  In = unknown,
  Out = unknown,
  WireIn = WebSocketFrame,
  WireOut = WebSocketFrame,
  Ready extends object | undefined = HandshakeResult | undefined,
>(
  target: ConnectionOptions<In, Out, WireIn, WireOut, Ready>['target'],
  options: LiveOptions<In, Out, WireIn, WireOut, Ready>,
): Live<In, Out, Ready> {
  const { maxCount, maxBytes, overflow, ...rest } = options
  const connection = new ConnectionFace<In, Out, WireIn, WireOut, Ready>({ ...rest, target })
  let inbox: Inbox<In> | undefined
  const start = (): Inbox<In> => {
    const started = messages(connection, { maxCount, maxBytes, overflow })
    connection.on('status', ({ status }) => {
      // Nothing is there to continue from it.
      const error = parkedBy(status)
      if (error === undefined) return
      started.end(error)
      void connection.close({ flushMs: 0 })
    })
    void connection.connect()
    return started
  }
  const leave = async (): Promise<IteratorResult<In, undefined>> => {
    await inbox?.return()
    await connection.close()
    return { value: undefined, done: true }
  }
  return {
    connection,
    next: () => {
      inbox ??= start()
      return inbox.next()
    },
    return: leave,
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
