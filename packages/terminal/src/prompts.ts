const MAX_PROMPTS = 16
/** Less than this is too little to know a prompt by. */
const MIN_LENGTH = 2
const MAX_LENGTH = 512

/** What stands in front of input that was echoed: the next time it stands there, input is taken to be echoed again. */
export class Prompts {
  readonly #known = new Set<string>()

  knows(prompt: string): boolean {
    return this.#known.has(prompt)
  }

  learn(prompt: string): void {
    if (prompt.trim() === '' || prompt.length < MIN_LENGTH || prompt.length > MAX_LENGTH) return
    this.#known.delete(prompt)
    this.#known.add(prompt)
    for (const oldest of this.#known) {
      if (this.#known.size <= MAX_PROMPTS) break
      this.#known.delete(oldest)
    }
  }

  forget(prompt: string): void {
    this.#known.delete(prompt)
  }
}
