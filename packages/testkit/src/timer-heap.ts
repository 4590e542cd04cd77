/** What {@link TimerHeap} needs of an entry: when it is due, which came first, and where it sits. */
export interface HeapEntry {
  /** Due time. Change it only through {@link TimerHeap.rebuild}. */
  at: number
  /** When its owner wanted it: the first tie-break, so that overdue timers run in the order of their deadlines. */
  readonly deadline: number
  /** Order of arming: the last tie-break. */
  readonly order: number
  /** Position in the heap; −1 when not in it. Owned by the heap. */
  slot: number
}

/** A binary heap of timers, earliest first, then in order of arming. Adding and removing take O(log n). */
export class TimerHeap<Entry extends HeapEntry> {
  readonly #entries: Entry[] = []

  get size(): number {
    return this.#entries.length
  }

  /** The earliest entry. */
  peek(): Entry | undefined {
    return this.#entries[0]
  }

  add(entry: Entry): void {
    this.#entries.push(entry)
    this.#rise(entry, this.#entries.length - 1)
  }

  /** Removes the entry; false when it was not in the heap. */
  remove(entry: Entry): boolean {
    const slot = entry.slot
    if (slot < 0) return false
    entry.slot = -1
    const last = this.#entries.pop()
    if (last === undefined || last === entry) return true
    this.#rise(last, slot)
    this.#sink(last, last.slot)
    return true
  }

  /** Recomputes the due time of every entry and restores the order. */
  rebuild(dueTime: (entry: Entry) => number): void {
    for (const entry of this.#entries) entry.at = dueTime(entry)
    for (const entry of this.#entries.splice(0)) this.add(entry)
  }

  values(): readonly Entry[] {
    return this.#entries
  }

  #rise(entry: Entry, from: number): void {
    let slot = from
    while (slot > 0) {
      const above = (slot - 1) >> 1
      const parent = this.#entries[above]
      if (parent === undefined || !isBefore(entry, parent)) break
      this.#place(parent, slot)
      slot = above
    }
    this.#place(entry, slot)
  }

  #sink(entry: Entry, from: number): void {
    let slot = from
    for (;;) {
      const left = this.#entries[2 * slot + 1]
      const right = this.#entries[2 * slot + 2]
      const child = right !== undefined && left !== undefined && isBefore(right, left) ? right : left
      if (child === undefined || !isBefore(child, entry)) break
      const childSlot = child.slot
      this.#place(child, slot)
      slot = childSlot
    }
    this.#place(entry, slot)
  }

  #place(entry: Entry, slot: number): void {
    this.#entries[slot] = entry
    entry.slot = slot
  }
}

/** Earlier, and first in every tie. */
export function isBefore(a: HeapEntry, b: HeapEntry): boolean {
  if (a.at !== b.at) return a.at < b.at
  return a.deadline < b.deadline || (a.deadline === b.deadline && a.order < b.order)
}
