/** What a question costs beside its bytes. */
const QUESTION_BYTES = 256

interface Open<Question> {
  readonly question: Question
  readonly bytes: number
}

/**
 * Requests of the peer that no handler has taken: kept for a handler that is registered later, until they are answered
 * or withdrawn. Bounded by count and by bytes: the oldest are dropped, the newest never.
 */
export class OpenQuestions<Question> {
  readonly #open = new Map<string, Open<Question>>()
  readonly #maxCount: number
  readonly #maxBytes: number
  #bytes = 0

  /** @param maxCount kept at once, 100 by default. @param maxBytes of all of them, 256 more for each: 8 MiB by default */
  constructor(maxCount: number = 100, maxBytes: number = 8_388_608) {
    this.#maxCount = maxCount
    this.#maxBytes = maxBytes
  }

  get count(): number {
    return this.#open.size
  }

  keep(id: string, question: Question, size: number): void {
    this.settle(id)
    const bytes = size + QUESTION_BYTES
    this.#open.set(id, { question, bytes })
    this.#bytes += bytes
    for (const oldest of this.#open.keys()) {
      if (this.#open.size === 1 || (this.#open.size <= this.#maxCount && this.#bytes <= this.#maxBytes)) return
      this.settle(oldest)
    }
  }

  /** It was answered or withdrawn. */
  settle(id: string): void {
    this.#bytes -= this.#open.get(id)?.bytes ?? 0
    this.#open.delete(id)
  }

  /** Offers what is open to `take`, oldest first; a question for which it returns true is no longer open. */
  offer(take: (question: Question) => boolean): void {
    for (const [id, { question }] of [...this.#open]) if (take(question)) this.settle(id)
  }

  clear(): void {
    this.#open.clear()
    this.#bytes = 0
  }
}
