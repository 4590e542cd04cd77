import { type Gap, Inbox, type InboxOptions, type StreamReader, type StreamSource } from '@holdfast/core'
import type { Consumer } from './acknowledger.ts'
import { toHubError } from './errors.ts'

/** Events are missing here: the hub said so, a new connection found out, or this stream dropped `count` of them. */
export interface HubGap extends Gap {
  readonly type: 'gap'
  readonly count?: number | undefined
}

/** What a stream needs of the client that it reads. */
export interface StreamHost<Message> {
  attach(reader: StreamReader<Message>): StreamSource
  join(consumer: Consumer): () => void
  /** Number of a message in the log; undefined where it has none. */
  seqOf(message: Message): number | undefined
  /** Number of the last event that was delivered. */
  delivered(): number
  progress(): void
}

/**
 * What comes from here on, in order, bounded, with a gap in place of what is missing. A message counts as processed
 * when the next one is asked for. Ends with the connection, throws its final error, settles at once on `return()`.
 */
export class HubStream<Message> implements AsyncIterableIterator<Message | HubGap>, Consumer {
  readonly #host: StreamHost<Message>
  readonly #inbox: Inbox<Message | HubGap>
  #waiting = false
  #processed: number
  #given: number | undefined

  /** `left` is called once when the stream is over. */
  constructor(host: StreamHost<Message>, options?: InboxOptions, left?: () => void) {
    this.#host = host
    this.#processed = host.delivered()
    this.#inbox = new Inbox<Message | HubGap>(options, (count) => ({ type: 'gap', reason: 'overflow', count }))
    const leave = host.join(this)
    const source = host.attach({
      push: (message, bytes) => this.#push(message, bytes),
      gap: (gap) => this.#push({ ...gap, type: 'gap' }, 0),
      end: (error) => this.#inbox.end(error),
    })
    this.#inbox.reads({
      canPause: source.canPause,
      pause: () => source.pause(),
      resume: () => source.resume(),
      left: () => {
        source.left()
        leave()
        left?.()
      },
    })
  }

  processed(delivered: number): number {
    return this.#waiting ? delivered : this.#processed
  }

  async next(): Promise<IteratorResult<Message | HubGap, undefined>> {
    this.#finish()
    this.#waiting = this.#inbox.count === 0
    try {
      const result = await this.#inbox.next()
      if (result.done !== true) this.#given = this.#seqOf(result.value)
      return result
    } catch (error) {
      throw toHubError(error)
    } finally {
      this.#waiting = false
    }
  }

  return(): Promise<IteratorResult<Message | HubGap, undefined>> {
    return this.#inbox.return()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #push(item: Message | HubGap, bytes: number): void {
    this.#waiting = false
    this.#inbox.push(item, bytes)
  }

  /** The consumer came back: what it was given is processed. */
  #finish(): void {
    if (this.#given === undefined) return
    this.#processed = Math.max(this.#processed, this.#given)
    this.#given = undefined
    this.#host.progress()
  }

  #seqOf(item: Message | HubGap): number | undefined {
    return isGapItem(item) ? undefined : this.#host.seqOf(item)
  }
}

function isGapItem(item: unknown): item is HubGap {
  return typeof item === 'object' && item !== null && 'type' in item && item.type === 'gap'
}
