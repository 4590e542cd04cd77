/** How much of something each principal has now. Nothing is kept of those who have none. */
export class PrincipalCounts {
  readonly #counts = new Map<string, number>()

  of(principalId: string): number {
    return this.#counts.get(principalId) ?? 0
  }

  /** One more, until the result is called. */
  add(principalId: string): () => void {
    this.#counts.set(principalId, this.of(principalId) + 1)
    let isCounted = true
    return () => {
      if (!isCounted) return
      isCounted = false
      const left = this.of(principalId) - 1
      if (left === 0) this.#counts.delete(principalId)
      else this.#counts.set(principalId, left)
    }
  }
}
