/** What each tab wants to hear, and what all of them together do. */
export class TabSubscriptions {
  readonly #patterns = new Map<string, readonly string[]>()
  readonly #changed: (all: readonly string[]) => void
  #all = ''

  /** `changed` is called with each new union; without patterns it is everything. */
  constructor(changed: (all: readonly string[]) => void) {
    this.#changed = changed
  }

  set(tab: string, patterns: readonly string[]): void {
    this.#patterns.set(tab, patterns)
    this.#notify()
  }

  left(tab: string): void {
    if (this.#patterns.delete(tab) && this.#patterns.size > 0) this.#notify()
  }

  #notify(): void {
    const lists = [...this.#patterns.values()]
    const isAll = lists.some((patterns) => patterns.length === 0 || patterns.includes('*'))
    const all = isAll ? [] : [...new Set(lists.flat())].sort()
    if (all.join() === this.#all) return
    this.#all = all.join()
    this.#changed(all)
  }
}
