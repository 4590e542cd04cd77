/** Something whose changes are shown. Any number of changes in one frame are one redraw. */
export class Store {
  readonly #listeners = new Set<() => void>()
  readonly #watchers = new Set<() => void>()
  #scheduled = false

  /** Returns its own undo. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Called at each change, also while the page is hidden. Returns its own undo. */
  listen(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Notifies listeners before the next frame. A hidden page has no frames, and needs none. */
  protected changed(): void {
    for (const watcher of this.#watchers) watcher()
    if (this.#scheduled) return
    this.#scheduled = true
    requestAnimationFrame(() => {
      this.#scheduled = false
      for (const listener of [...this.#listeners]) listener()
    })
  }
}
