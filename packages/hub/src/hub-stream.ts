import type { Gap, InboxOptions } from '@holdfast/core'
import { Inbox, type Readable } from '@holdfast/core/protocol'
import { toHubError } from './errors.ts'

/** Events are missing here: the hub reported it, a new connection detected it, or this stream dropped `count` of them. */
export interface HubGap extends Gap {
  readonly type: 'gap'
}

/**
 * The messages that arrived before a first reader and those that arrive from here on, in order, bounded, with a gap in
 * place of what is missing. A message counts as processed when the next one is requested. Ends with the connection,
 * throws its final error, and ends at once on `return()`.
 */
export class HubStream<Message> implements AsyncIterableIterator<Message | HubGap> {
  readonly #inbox: Inbox<Message | HubGap>

  /** `left` is called once when the stream is over. */
  constructor(from: Readable<Message>, options?: InboxOptions, left?: () => void) {
    this.#inbox = new Inbox<Message | HubGap>(options, (count) => ({ type: 'gap', reason: 'overflow', count }))
    const source = from.attach({
      push: (message, bytes) => this.#inbox.push(message, bytes),
      gap: (gap) => this.#inbox.push({ ...gap, type: 'gap' }, 0, 0),
      end: (error) => this.#inbox.end(error),
    })
    this.#inbox.reads({
      ...source,
      left: () => {
        source.left()
        left?.()
      },
    })
  }

  async next(): Promise<IteratorResult<Message | HubGap, undefined>> {
    try {
      return await this.#inbox.next()
    } catch (error) {
      throw toHubError(error)
    }
  }

  return(): Promise<IteratorResult<Message | HubGap, undefined>> {
    return this.#inbox.return()
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
