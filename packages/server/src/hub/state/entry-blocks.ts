import type { EntriesState } from '../../generated/types.ts'

/** Bounds of one block. A full one is joined and not touched again. */
const BLOCK_ENTRIES = 256
const BLOCK_CHARS = 131_072
/** What of the bound is left where memory is short. */
const SHORT_SHARE = 1 / 8

interface Block {
  /** Number of the event that made its first entry. */
  readonly first: number
  /** Its entries, with commas between. */
  readonly text: string
}

/** Entries in order, as JSON texts with commas between. */
export interface EntryPage {
  readonly text: string
  /** There are earlier ones, of events before this one. Absent: these are the first. */
  readonly earlier?: number | undefined
}

/**
 * The newest JSON texts up to a bound, kept so that all of them together are one cheap join: a hydration of fifty
 * thousand entries must not hold the process up.
 */
export class EntryBlocks {
  readonly #maxChars: number
  #blocks: Block[] = []
  #open: string[] = []
  #openFirst = 0
  #openLength = 0
  #length = 0
  #dropped = false

  constructor(maxChars: number) {
    this.#maxChars = maxChars
  }

  /** Characters, about. */
  get length(): number {
    return this.#length
  }

  /** True where older ones were left out. */
  get incomplete(): boolean {
    return this.#dropped
  }

  /** The entry of event `n`. */
  add(text: string, n: number): void {
    if (this.#open.length === 0) this.#openFirst = n
    this.#open.push(text)
    this.#openLength += text.length + 1
    this.#length += text.length + 1
    if (this.#open.length >= BLOCK_ENTRIES || this.#openLength >= Math.min(BLOCK_CHARS, this.#maxChars / 8)) {
      this.#close()
    }
    this.#drop(this.#maxChars)
  }

  /** Keeps the newest of them: others need the place. */
  shorten(): void {
    this.#drop(this.#maxChars * SHORT_SHARE)
  }

  /** The newest ones: whole blocks until there are so many characters. */
  newest(chars: number = this.#maxChars): EntryPage {
    return this.#page(this.#all(), chars)
  }

  /** Those before event `n`, which a page was told to begin with. Undefined where they are not here. */
  before(n: number, chars: number): EntryPage | undefined {
    const all = this.#all()
    const at = all.findIndex(({ first }) => first === n)
    return at <= 0 ? undefined : this.#page(all.slice(0, at), chars)
  }

  /** For a snapshot. */
  toJSON(): EntriesState {
    const all = this.#all()
    return { blocks: all.map(({ text }) => text), firsts: all.map(({ first }) => first), dropped: this.#dropped }
  }

  restore({ blocks, firsts = [], dropped = false }: EntriesState): void {
    this.#blocks = blocks.map((text, at) => ({ text, first: firsts[at] ?? 0 }))
    this.#open = []
    this.#openLength = 0
    this.#length = blocks.reduce((sum, block) => sum + block.length + 1, 0)
    this.#dropped = dropped
  }

  #all(): readonly Block[] {
    return this.#open.length === 0
      ? this.#blocks
      : [...this.#blocks, { first: this.#openFirst, text: this.#open.join(',') }]
  }

  #page(blocks: readonly Block[], chars: number): EntryPage {
    const texts: string[] = []
    let first: number | undefined
    for (let at = blocks.length - 1, taken = 0; at >= 0 && taken < chars; at--) {
      const block = blocks[at]
      if (block === undefined) break
      texts.push(block.text)
      taken += block.text.length
      first = at === 0 && !this.#dropped ? undefined : block.first
    }
    // A snapshot of an older make does not know where its blocks begin.
    return { text: texts.reverse().join(','), earlier: first || undefined }
  }

  #drop(most: number): void {
    let count = 0
    while (this.#length > most && this.#blocks.length - count > 1) {
      this.#length -= (this.#blocks[count]?.text.length ?? 0) + 1
      this.#dropped = true
      count++
    }
    if (count > 0) this.#blocks = this.#blocks.slice(count)
  }

  #close(): void {
    this.#blocks.push({ first: this.#openFirst, text: this.#open.join(',') })
    this.#open = []
    this.#openLength = 0
  }
}
