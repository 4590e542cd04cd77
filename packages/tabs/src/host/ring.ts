import type { WebSocketFrame } from '@holdfast/core'
import type { SharedPosition } from '../wire.ts'

/** What an item costs beside its bytes. */
const ITEM_BYTES = 256

/** Dropped items are released once they are this many: not one by one, which would move the rest each time. */
const MAX_DROPPED = 1_024

/** What the tabs are given. Made once for all of them. */
export interface RingItem {
  readonly frame: WebSocketFrame
  readonly at: SharedPosition | undefined
  /** A message of the server, and no gap. */
  readonly isMessage: boolean
  /** Whose it is. @defaultValue all tabs' */
  readonly isFor?: ((tab: string) => boolean) | undefined
}

interface Entry extends RingItem {
  /** Bytes of all items ever, up to this one. */
  readonly bytes: number
  /** Messages among them. */
  readonly messages: number
}

const NOTHING = { bytes: 0, messages: 0 }

/** The newest items, numbered, bounded in bytes. Readers of different speed share it. */
export class Ring {
  readonly #maxBytes: number
  readonly #entries: (Entry | undefined)[] = []
  /** Index of the oldest that is kept. */
  #head = 0
  /** Number of the oldest that is kept; `last + 1` where none is. */
  #first = 1
  #newest: { readonly bytes: number; readonly messages: number } = NOTHING
  #dropped: { readonly bytes: number; readonly messages: number } = NOTHING

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get first(): number {
    return this.#first
  }

  /** Number of the newest. */
  get last(): number {
    return this.#first + this.#entries.length - this.#head - 1
  }

  push(item: RingItem): void {
    const { frame, isMessage } = item
    const { bytes, messages } = this.#newest
    const entry = {
      ...item,
      bytes: bytes + frame.length + ITEM_BYTES,
      messages: messages + (isMessage ? 1 : 0),
    }
    this.#entries.push(entry)
    this.#newest = entry
    while (entry.bytes - this.#dropped.bytes > this.#maxBytes && this.#first < this.last) this.#drop()
  }

  /** Undefined where it is gone, or has not come. */
  at(n: number): RingItem | undefined {
    return this.#entries[n - this.#first + this.#head]
  }

  /** Bytes of the items after `n`, as far as they are kept. */
  bytesAfter(n: number): number {
    return this.#newest.bytes - this.#upTo(n).bytes
  }

  /** Messages among all items up to `n`. */
  messagesUpTo(n: number): number {
    return this.#upTo(n).messages
  }

  #upTo(n: number): { readonly bytes: number; readonly messages: number } {
    return n < this.#first ? this.#dropped : (this.#entries[n - this.#first + this.#head] ?? this.#newest)
  }

  #drop(): void {
    this.#dropped = this.#entries[this.#head] ?? NOTHING
    this.#entries[this.#head] = undefined
    this.#head += 1
    this.#first += 1
    if (this.#head > MAX_DROPPED) this.#entries.splice(0, this.#head)
    if (this.#head > MAX_DROPPED) this.#head = 0
  }
}
