import { SENTENCES } from '@holdfast/contract/words'
import { coreError } from '../../errors.ts'
import { type Deferred, deferred } from '../../support/deferred.ts'
import { Fifo } from '../../support/fifo.ts'

/** What a message costs beside its bytes. */
export const MESSAGE_BYTES = 256

/** What a reader reads from: how it is slowed, and how the reader reports its progress. */
export interface StreamSource {
  /** `pause()` reaches the network; otherwise the channel holds back what it can. */
  readonly canPause: boolean
  pause(): void
  resume(): void
  /** The reader is done with this many more messages, in order: read, or reported as missing. */
  taken?(count: number): void
  /** The reader has stopped reading. */
  left(): void
}

/** Bounds of one stream, and what happens at them. */
export interface InboxOptions {
  /** @defaultValue none: bytes decide */
  readonly maxCount?: number | undefined
  /** Of encoded size, and 256 for each message. @defaultValue 8388608 (8 MiB) */
  readonly maxBytes?: number | undefined
  /**
   * `pause` stops reading from the network until the consumer catches up; in a browser the channel buffers what still
   * arrives. `dropOldest` keeps the newest and puts a gap in place of the rest. `fail` ends the stream with
   * `inbox/overflow`.
   * @defaultValue 'pause'
   */
  readonly overflow?: 'pause' | 'dropOldest' | 'fail' | undefined
  /** Ends the stream, at once. */
  readonly signal?: AbortSignal | undefined
}

/** A bounded queue with one reader. Not reading it never makes the connection look dead. */
export class Inbox<Item> implements AsyncIterableIterator<Item> {
  #source: StreamSource | undefined
  readonly #maxCount: number
  readonly #maxBytes: number
  readonly #overflow: 'pause' | 'dropOldest' | 'fail'
  readonly #signal: AbortSignal | undefined
  readonly #marker: ((dropped: number) => Item) | undefined
  readonly #items = new Fifo<{ readonly item: Item; readonly bytes: number; readonly messages: number }>()
  #bytes = 0
  /** Messages that the reader is done with as soon as it asks for the next item. */
  #inHand = 0
  #dropped = 0
  #paused = false
  #waiting: Deferred<IteratorResult<Item, undefined>> | undefined
  #ended = false
  #error: unknown
  readonly #aborted = (): void => this.#leave(true)

  /** `marker` makes the item that replaces dropped ones; `dropOldest` needs it. */
  constructor(options: InboxOptions = {}, marker?: (dropped: number) => Item) {
    this.#maxCount = options.maxCount ?? Number.POSITIVE_INFINITY
    this.#maxBytes = options.maxBytes ?? 8_388_608
    this.#marker = marker
    const overflow = options.overflow ?? 'pause'
    this.#overflow = overflow === 'dropOldest' && marker === undefined ? 'fail' : overflow
    this.#signal = options.signal
    this.#signal?.addEventListener('abort', this.#aborted, { once: true })
    if (this.#signal?.aborted === true) this.#leave(true)
  }

  /** Sets the source of the items, so that a full inbox can slow it. */
  reads(source: StreamSource): void {
    this.#source = source
    if (this.#ended && this.count === 0) this.#left()
  }

  /** Items that wait to be read. */
  get count(): number {
    return this.#items.length
  }

  /** `messages`: how many messages the item stands for; 0 for an item such as a gap. */
  push(item: Item, size: number, messages: number = 1): void {
    if (this.#ended) return
    const waiting = this.#waiting
    if (waiting !== undefined) {
      this.#waiting = undefined
      this.#inHand += messages
      return waiting.resolve({ value: item, done: false })
    }
    const bytes = size + MESSAGE_BYTES
    this.#items.push({ item, bytes, messages })
    this.#bytes += bytes
    if (this.count >= this.#maxCount || this.#bytes >= this.#maxBytes) this.#full()
  }

  /** No more items. What is queued can still be read; then the stream is done, or throws the error. */
  end(error?: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#signal?.removeEventListener('abort', this.#aborted)
    if (this.count === 0 && this.#inHand === 0) this.#left()
    this.#settleWaiting()
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    this.#putDown()
    const found = this.#shift()
    if (found !== undefined) return Promise.resolve(found)
    if (this.#waiting !== undefined)
      return Promise.reject(coreError('inbox/taken', SENTENCES && 'One stream has one reader.'))
    this.#waiting = deferred()
    const { promise } = this.#waiting
    if (this.#ended) this.#settleWaiting()
    return promise
  }

  return(): Promise<IteratorResult<Item, undefined>> {
    this.#leave(true)
    return Promise.resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** An item may be undefined itself. */
  #shift(): IteratorYieldResult<Item> | undefined {
    if (this.#dropped > 0 && this.#marker !== undefined) {
      const count = this.#dropped
      this.#dropped = 0
      return { value: this.#marker(count), done: false }
    }
    const entry = this.#items.first
    if (entry === undefined) {
      if (this.#ended) this.#left()
      return undefined
    }
    this.#advance()
    this.#inHand = entry.messages
    if (this.#paused && this.count <= this.#maxCount / 2 && this.#bytes <= this.#maxBytes / 2) {
      this.#paused = false
      this.#source?.resume()
    }
    return { value: entry.item, done: false }
  }

  #advance(): void {
    this.#bytes -= this.#items.shift()?.bytes ?? 0
  }

  #full(): void {
    if (this.#overflow === 'pause') {
      if (!this.#paused) this.#source?.pause()
      this.#paused = true
    } else if (this.count > this.#maxCount || this.#bytes > this.#maxBytes) {
      if (this.#overflow === 'fail')
        return this.end(coreError('inbox/overflow', SENTENCES && `${this.count} messages are unread`))
      this.#dropped += 1
      // What a gap stands for is done with; behind the message that the reader has in hand it is so a little later.
      const messages = this.#items.first?.messages ?? 0
      this.#advance()
      if (this.#inHand > 0) this.#inHand += messages
      else this.#source?.taken?.(messages)
    }
  }

  #putDown(): void {
    const messages = this.#inHand
    if (messages === 0) return
    this.#inHand = 0
    this.#source?.taken?.(messages)
  }

  #left(): void {
    const source = this.#source
    this.#source = undefined
    source?.left()
  }

  #leave(discard: boolean): void {
    if (discard) {
      this.#items.replace([])
      this.#dropped = 0
      this.#error = undefined
    }
    // Who leaves is done with what it has in hand, and has not read the rest.
    this.#putDown()
    if (this.#paused) this.#source?.resume()
    this.#paused = false
    this.end()
    this.#left()
  }

  #settleWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined) return
    const error = this.#error
    this.#error = undefined
    if (error === undefined) waiting.resolve({ value: undefined, done: true })
    else waiting.reject(error)
  }
}
