import type { Gap } from '../../client-protocol.ts'
import { Inbox, type InboxOptions, type StreamSource } from './inbox.ts'

/** Where a connection puts what it receives. */
export interface StreamReader<In> {
  push(message: In, bytes: number): void
  gap(gap: Gap): void
  /** The connection is closed; with an error when the user did not ask for that. */
  end(error?: unknown): void
}

/** What can be read from. A `Connection` fits. */
export interface Readable<In> {
  attach(reader: StreamReader<In>): StreamSource
}

/** What {@link items} carries, in order. */
export type StreamItem<In> =
  | { readonly type: 'message'; readonly message: In }
  /** Messages are missing here: the peer reported it, or this stream dropped `count` of them (`reason: 'overflow'`). */
  | { readonly type: 'gap'; readonly gap: Gap }

/** {@link messages} cannot show a gap, so it never makes one. */
export type MessagesOptions = Omit<InboxOptions, 'overflow'> & { readonly overflow?: 'pause' | 'fail' | undefined }

/**
 * The messages that arrived before a first reader, and those from here on, in order, bounded:
 * `for await (const message of messages(connection))`. Ends when the connection is closed, throws its final error, ends
 * at once on `break` or abort. Reconnecting does not depend on reading.
 */
export function messages<In>(from: Readable<In>, options?: MessagesOptions): Inbox<In> {
  const inbox: Inbox<In> = new Inbox<In>(options)
  inbox.reads(
    from.attach({
      push: (message, bytes) => inbox.push(message, bytes),
      gap: () => {},
      end: (error) => inbox.end(error),
    }),
  )
  return inbox
}

/** Messages and gaps, in order: nothing is missing without an item in its place. */
export function items<In>(from: Readable<In>, options?: InboxOptions): Inbox<StreamItem<In>> {
  const dropped = (count: number): StreamItem<In> => ({ type: 'gap', gap: { reason: 'overflow', count } })
  const inbox: Inbox<StreamItem<In>> = new Inbox<StreamItem<In>>(options, dropped)
  inbox.reads(
    from.attach({
      push: (message, bytes) => inbox.push({ type: 'message', message }, bytes),
      gap: (gap) => inbox.push({ type: 'gap', gap }, 0, 0),
      end: (error) => inbox.end(error),
    }),
  )
  return inbox
}
