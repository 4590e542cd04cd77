import type { EntriesState } from '../../generated/types.ts'

/** Bounds of one block. A full one is joined and not touched again. */
const BLOCK_ENTRIES = 256
const BLOCK_BYTES = 131_072
/** What of the bound is left where memory is short. */
const SHORT_SHARE = 1 / 8

interface Block {
  /** Number of the event that made its first entry. */
  readonly first: number
  /** Its entries, with commas between. */
  readonly text: string
  /** Of the text, in UTF-8. */
  readonly bytes: number
}

/** Entries in order, as JSON texts with commas between. */
export interface EntryPage {
  readonly text: string
  /** There are earlier ones, of events before this one. Absent: these are the first. */
  readonly earlier?: number | undefined
}

/**
 * The newest JSON texts up to a bound in bytes of UTF-8, kept so that all of them together are one cheap join: a hydration of fifty
 * thousand entries must not hold the process up.
 */
export class EntryBlocks {
  readonly #maxBytes: number
  #blocks: Block[] = []
  #open: string[] = []
  #openFirst = 0
  #openBytes = 0
  #bytes = 0
  #dropped = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** All of them, and a comma for each. */
  get bytes(): number {
    return this.#bytes
  }

  /** True where older ones were left out. */
  get incomplete(): boolean {
    return this.#dropped
  }

  /** The entry of event `n`. */
  add(text: string, n: number): void {
    if (this.#open.length === 0) this.#openFirst = n
    const bytes = Buffer.byteLength(text) + 1
    this.#open.push(text)
    this.#openBytes += bytes
    this.#bytes += bytes
    if (this.#open.length >= BLOCK_ENTRIES || this.#openBytes >= Math.min(BLOCK_BYTES, this.#maxBytes / 8)) {
      this.#close()
    }
    this.#drop(this.#maxBytes)
  }

  /** Keeps the newest of them: others need the place. */
  shorten(): void {
    this.#drop(this.#maxBytes * SHORT_SHARE)
  }

  /** The newest ones: whole blocks until there are so many bytes. */
  newest(bytes: number = this.#maxBytes): EntryPage {
    return this.#page(this.#all(), bytes)
  }

  /** Those before event `n`, with which a page begins. Undefined where they are not here. */
  before(n: number, bytes: number): EntryPage | undefined {
    const all = this.#all()
    const at = all.findIndex(({ first }) => first === n)
    return at <= 0 ? undefined : this.#page(all.slice(0, at), bytes)
  }

  /** For a snapshot. */
  toJSON(): EntriesState {
    const all = this.#all()
    return { blocks: all.map(({ text }) => text), firsts: all.map(({ first }) => first), dropped: this.#dropped }
  }

  restore({ blocks, firsts = [], dropped = false }: EntriesState): void {
    this.#blocks = blocks.map((text, at) => ({ text, first: firsts[at] ?? 0, bytes: Buffer.byteLength(text) }))
    this.#open = []
    this.#openBytes = 0
    this.#bytes = this.#blocks.reduce((sum, { bytes }) => sum + bytes + 1, 0)
    this.#dropped = dropped
  }

  #all(): readonly Block[] {
    return this.#open.length === 0 ? this.#blocks : [...this.#blocks, this.#opened()]
  }

  #page(blocks: readonly Block[], bytes: number): EntryPage {
    const texts: string[] = []
    let first: number | undefined
    for (let at = blocks.length - 1, taken = 0; at >= 0 && taken < bytes; at--) {
      const block = blocks[at]
      if (block === undefined) break
      texts.push(block.text)
      taken += block.bytes
      first = at === 0 && !this.#dropped ? undefined : block.first
    }
    // A snapshot of an older make does not know where its blocks begin.
    return { text: texts.reverse().join(','), earlier: first || undefined }
  }

  #drop(most: number): void {
    let count = 0
    while (this.#bytes > most && this.#blocks.length - count > 1) {
      this.#bytes -= (this.#blocks[count]?.bytes ?? 0) + 1
      this.#dropped = true
      count++
    }
    if (count > 0) this.#blocks = this.#blocks.slice(count)
  }

  #close(): void {
    this.#blocks.push(this.#opened())
    this.#open = []
    this.#openBytes = 0
  }

  #opened(): Block {
    return { first: this.#openFirst, text: this.#open.join(','), bytes: this.#openBytes - 1 }
  }
}
