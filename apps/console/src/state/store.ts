/** Something whose changes are shown. Any number of changes in one frame are one redraw. */
export class Store {
  readonly #listeners = new Set<() => void>()
  #scheduled = false

  /** Returns its own undo. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Tells listeners before the next frame. A page that nobody sees has no frames, and needs none. */
  protected changed(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    requestAnimationFrame(() => {
      this.#scheduled = false
      for (const listener of [...this.#listeners]) listener()
    })
  }
}
