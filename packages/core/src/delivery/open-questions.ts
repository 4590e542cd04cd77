/**
 * Questions of the peer that nobody here has taken: kept for whoever registers later, until they are answered or withdrawn.
 * Bounded: the oldest gives way.
 */
export class OpenQuestions<Question> {
  readonly #open = new Map<string, Question>()
  readonly #maxCount: number

  /** @param maxCount kept at once, 100 by default */
  constructor(maxCount: number = 100) {
    this.#maxCount = maxCount
  }

  get count(): number {
    return this.#open.size
  }

  /** Returns the one that gave way, if one had to. */
  keep(id: string, question: Question): Question | undefined {
    this.#open.delete(id)
    this.#open.set(id, question)
    if (this.#open.size <= this.#maxCount) return undefined
    for (const [oldest, forgotten] of this.#open) {
      this.#open.delete(oldest)
      return forgotten
    }
    return undefined
  }

  /** It was answered or withdrawn. */
  settle(id: string): void {
    this.#open.delete(id)
  }

  /** Shows what is open, oldest first; what is taken is open no more. */
  offer(take: (question: Question) => boolean): void {
    for (const [id, question] of [...this.#open]) if (take(question)) this.#open.delete(id)
  }

  clear(): void {
    this.#open.clear()
  }
}
