import type { HoldfastError } from '@holdfast/contract'
import { type MessagesOptions, messages, type Readable } from './delivery/inbound/streams.ts'
import type { Delivery } from './delivery/outbox/delivery.ts'

/** What a writable stream needs of a connection. A `Connection` fits. */
export interface StreamTarget<Out> {
  send(message: Out): Delivery
  waitForCapacity(): Promise<void>
}

/**
 * A connection as a pair of Web Streams (WHATWG Streams): `source.pipeTo(writable)`, `readable.pipeThrough(…)`. Both
 * apply backpressure: unread messages pause the peer, and writing waits while the outbox is full. They survive drops.
 */
export function webStreams<In, Out>(
  connection: Readable<In> & StreamTarget<Out>,
  options?: MessagesOptions,
): { readonly readable: ReadableStream<In>; readonly writable: WritableStream<Out> } {
  return { readable: readableOf(connection, options), writable: writableOf(connection) }
}

/**
 * The messages of a connection from here on. Ends and fails as `messages()` does; cancelling it does not change the
 * connection.
 */
export function readableOf<In>(connection: Readable<In>, options?: MessagesOptions): ReadableStream<In> {
  const inbox = messages(connection, options)
  return new ReadableStream<In>(
    {
      async pull(controller: ReadableStreamDefaultController<In>) {
        const { done, value } = await inbox.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await inbox.return()
      },
    },
    // The inbox is the buffer; another one would hide how far the app is.
    { highWaterMark: 0 },
  )
}

/**
 * A stream whose chunks are sent. A write resolves when one more message fits into the outbox, and `close()` when the
 * peer has all of them, as far as the protocol can confirm it; it does not close the connection. A message that is not
 * delivered errors the stream.
 */
export function writableOf<Out>(connection: StreamTarget<Out>): WritableStream<Out> {
  const unsettled = new Set<Delivery>()
  let failed: (error: HoldfastError) => void
  return new WritableStream<Out>({
    start(controller) {
      failed = (error) => controller.error(error)
    },
    async write(message) {
      await connection.waitForCapacity()
      const delivery = connection.send(message)
      unsettled.add(delivery)
      delivery.whenSettled(() => {
        unsettled.delete(delivery)
        if (delivery.error !== undefined) failed(delivery.error)
      })
      await connection.waitForCapacity()
    },
    async close() {
      await Promise.all([...unsettled].map((delivery) => delivery.done))
    },
  })
}
