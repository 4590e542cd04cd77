import type { HubGap, HubStream } from '../hub-stream.ts'

/** What a published iterator is made of. */
export interface IteratorParts<Message> {
  /** Dials, at the first `next()`. */
  open(): HubStream<Message>
  /** The error to throw; undefined where the published iterator just ends. */
  failure(error: unknown): Error | undefined
}

/**
 * A stream without gap markers, as the published iterators are: nothing happens before the first `next()`. Other than a
 * generator's, `return()` and `throw()` settle at once while a `next()` waits.
 */
export function publishedIterator<Message>({
  open,
  failure,
}: IteratorParts<Message>): AsyncGenerator<Message, void, unknown> {
  let stream: HubStream<Message> | undefined
  let isOver = false
  const leave = async (): Promise<void> => {
    isOver = true
    await stream?.return()
  }
  const iterator: AsyncGenerator<Message, void, unknown> = {
    async next() {
      while (!isOver) {
        try {
          stream ??= open()
          const result = await stream.next()
          if (result.done === true) isOver = true
          else if (!isGap(result.value)) return { value: result.value, done: false }
        } catch (error) {
          isOver = true
          const thrown = failure(error)
          if (thrown !== undefined) throw thrown
        }
      }
      return { value: undefined, done: true }
    },
    async return() {
      await leave()
      return { value: undefined, done: true }
    },
    async throw(error) {
      await leave()
      throw error
    },
    [Symbol.asyncIterator]: () => iterator,
    [Symbol.asyncDispose]: leave,
  }
  return iterator
}

function isGap<Message>(item: Message | HubGap): item is HubGap {
  return typeof item === 'object' && item !== null && 'type' in item && item.type === 'gap'
}
