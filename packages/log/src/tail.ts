import type { LogEvent } from './append.ts'
import { LogError } from './errors.ts'
import { startsAnew } from './gap.ts'
import type { Page, ReadOptions, TailItem, TailOptions } from './session-log.ts'

/** A change that a store reports to those who watch a session. */
export type Change =
  /** Durable, in order, with what they occupy together. */
  | { readonly type: 'events'; readonly events: readonly LogEvent[]; readonly bytes: number }
  | { readonly type: 'removed' }
  | { readonly type: 'closed' }

/** What a store must offer to have tails. */
export interface TailSource {
  read(session: string, options: ReadOptions): Promise<Page>
  /** Calls `listener` for every change after this call; the result ends that. */
  watch(session: string, listener: (change: Change) => void): () => void
  /** Live events kept for a reader that is slower; above it they are read from the log again. */
  readonly window: { readonly events: number; readonly bytes: number }
}

/**
 * A tail without a gap between stored and live events: watch first, then read the log, then take from the live events
 * only what continues the position; for anything else read again (design: server §3.4).
 */
export async function* tailOf(source: TailSource, session: string, options: TailOptions): AsyncGenerator<TailItem> {
  if (options.signal.aborted) return
  const live = new LiveWindow(source.window)
  const unwatch = source.watch(session, (change) => live.take(change))
  const abort = (): void => live.take({ type: 'closed' })
  options.signal.addEventListener('abort', abort)
  try {
    yield* follow(source, session, options, live)
  } finally {
    options.signal.removeEventListener('abort', abort)
    unwatch()
  }
}

async function* follow(
  source: TailSource,
  session: string,
  options: TailOptions,
  live: LiveWindow,
): AsyncGenerator<TailItem> {
  let from: ReadOptions = options
  while (!live.ended) {
    if (live.removed) throw new LogError('log/unknown_session', `expected session "${session}", it was removed`)
    const event = live.next(from.after)
    if (event !== undefined) {
      from = { after: event.n }
      yield { type: 'event', event }
      continue
    }
    if (!live.stale) {
      await live.changed()
      continue
    }
    live.reading()
    const page = await live.orEnd(source.read(session, from))
    if (page === undefined) return
    if (page.gap !== undefined) {
      yield page.gap
      if (startsAnew(page.gap)) return
      from = { after: page.gap.to }
    }
    for (const stored of page.events) {
      if (live.ended) return
      from = { after: stored.n }
      yield { type: 'event', event: stored }
    }
    if (from.after < page.last) live.missed()
    else yield { type: 'mark', n: from.after }
  }
}

/** Live events of one change, as far as they were taken. */
interface Batch {
  readonly events: readonly LogEvent[]
  readonly bytes: number
  taken: number
}

/**
 * The live events that a reader has not taken yet, bounded; forgets them all rather than grow. Those that it is taking do not count:
 * what one append brought is about as much as the bound.
 */
class LiveWindow {
  stale = true
  ended = false
  removed = false
  readonly #bounds: TailSource['window']
  #batches: Batch[] = []
  /** Of the batches that were not begun. */
  #count = 0
  #bytes = 0
  #wake: () => void = () => {}
  #end: () => void = () => {}

  constructor(bounds: TailSource['window']) {
    this.#bounds = bounds
  }

  take(change: Change): void {
    if (change.type === 'closed') {
      this.ended = true
      this.#end()
    } else if (change.type === 'removed') this.removed = true
    else this.#keep(change.events, change.bytes)
    this.#wake()
  }

  /** The live event that continues `after`. A hole makes the window stale. */
  next(after: number): LogEvent | undefined {
    for (let batch = this.#batches[0]; batch !== undefined; batch = this.#batches[0]) {
      const event = batch.events[batch.taken]
      if (event !== undefined && event.n > after + 1) return this.missed()
      if (batch.taken === 0) this.#begin(batch)
      batch.taken += 1
      if (event?.n === after + 1) return event
      if (event === undefined) this.#batches.shift()
    }
    return undefined
  }

  /** The log must be read before anything live is taken. */
  missed(): undefined {
    this.stale = true
    this.#batches = []
    this.#count = 0
    this.#bytes = 0
  }

  reading(): void {
    this.stale = false
  }

  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  /** What `work` resolves to, or undefined as soon as the tail ends. */
  orEnd<T>(work: Promise<T>): Promise<T | undefined> {
    const end = new Promise<undefined>((resolve) => {
      this.#end = () => resolve(undefined)
    })
    return Promise.race([work, end])
  }

  #begin({ events, bytes }: Batch): void {
    this.#count -= events.length
    this.#bytes -= bytes
  }

  #keep(events: readonly LogEvent[], bytes: number): void {
    if (this.stale) return
    this.#batches.push({ events, bytes, taken: 0 })
    this.#count += events.length
    this.#bytes += bytes
    if (this.#count > this.#bounds.events || this.#bytes > this.#bounds.bytes) this.missed()
  }
}
