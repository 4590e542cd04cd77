import { LeftUndone, type TrackerEvent, type TrackerEventHandler } from './event-intake.ts'

interface InHand {
  readonly event: TrackerEvent
  readonly done: () => void
  readonly leave: () => void
}

/**
 * The events of a handler as a loop: each is handled when the next one is asked for. `closed` is called when no more come.
 * There is a handler only while the loop waits for an event.
 */
export function eventLoop(
  handle: (handler: TrackerEventHandler) => () => void,
  closed: (over: () => void) => () => void,
): AsyncIterator<TrackerEvent, undefined> {
  let inHand: InHand | undefined
  let waiting: ((result: IteratorResult<TrackerEvent, undefined>) => void) | undefined
  let forget = (): void => {}
  let isOver = false
  const over = { value: undefined, done: true } as const
  const end = (): void => {
    isOver = true
    forget()
    stopListening()
    inHand?.leave()
    inHand = undefined
    waiting?.(over)
    waiting = undefined
  }
  const stopListening = closed(end)
  const take = (event: TrackerEvent): Promise<void> =>
    new Promise((resolve, reject) => {
      inHand = { event, done: resolve, leave: () => reject(new LeftUndone()) }
      waiting?.({ value: event, done: false })
      waiting = undefined
    })
  return {
    next: () => {
      if (isOver) return Promise.resolve(over)
      return new Promise((resolve) => {
        waiting = resolve
        const before = inHand
        inHand = undefined
        if (before === undefined) forget = handle(take)
        else before.done()
      })
    },
    return: () => {
      end()
      return Promise.resolve(over)
    },
  }
}
