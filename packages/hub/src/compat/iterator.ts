import type { HubGap, HubStream } from '../hub-stream.ts'

/** A stream without gap markers, as the published iterators are; errors in their words. Settles at once on `return()`. */
export function withoutGaps<Message>(
  stream: HubStream<Message>,
  published: (error: unknown) => Error,
): AsyncIterableIterator<Message> {
  const iterator: AsyncIterableIterator<Message> = {
    async next() {
      for (;;) {
        const result = await stream.next().catch((error: unknown) => {
          throw published(error)
        })
        if (result.done === true) return { value: undefined, done: true }
        if (!isGap(result.value)) return { value: result.value, done: false }
      }
    },
    async return() {
      await stream.return()
      return { value: undefined, done: true }
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}

function isGap<Message>(item: Message | HubGap): item is HubGap {
  return typeof item === 'object' && item !== null && 'type' in item && item.type === 'gap'
}
