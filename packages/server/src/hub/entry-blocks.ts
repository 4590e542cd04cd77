/** Entries of one block. A full one is joined and not touched again. */
const BLOCK_ENTRIES = 256

/**
 * The newest JSON texts up to a bound, kept so that all of them together are one cheap join: a hydration of fifty
 * thousand entries must not hold the process up.
 */
export class EntryBlocks {
  readonly #maxBytes: number
  #blocks: string[] = []
  #open: string[] = []
  #openLength = 0
  #length = 0
  #dropped = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Characters, about. */
  get length(): number {
    return this.#length
  }

  /** True where older ones were left out. */
  get incomplete(): boolean {
    return this.#dropped
  }

  add(text: string): void {
    this.#open.push(text)
    this.#openLength += text.length + 1
    this.#length += text.length + 1
    if (this.#open.length >= BLOCK_ENTRIES || this.#openLength > this.#maxBytes / 8) this.#close()
    while (this.#length > this.#maxBytes && this.#blocks.length > 1) {
      const [oldest = ''] = this.#blocks.splice(0, 1)
      this.#length -= oldest.length + 1
      this.#dropped = true
    }
  }

  /** All of them, with commas between. */
  join(): string {
    return this.#open.length === 0 ? this.#blocks.join(',') : [...this.#blocks, this.#open.join(',')].join(',')
  }

  /** For a snapshot. */
  toJSON(): { readonly blocks: readonly string[]; readonly dropped: boolean } {
    return {
      blocks: this.#open.length === 0 ? [...this.#blocks] : [...this.#blocks, this.#open.join(',')],
      dropped: this.#dropped,
    }
  }

  restore(blocks: readonly string[], dropped: boolean): void {
    this.#blocks = [...blocks]
    this.#open = []
    this.#openLength = 0
    this.#length = blocks.reduce((sum, block) => sum + block.length + 1, 0)
    this.#dropped = dropped
  }

  #close(): void {
    this.#blocks.push(this.#open.join(','))
    this.#open = []
    this.#openLength = 0
  }
}
