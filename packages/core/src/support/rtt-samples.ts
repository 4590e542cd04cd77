const SAMPLES = 32

/** The last 32 round trips. */
export class RttSamples {
  readonly #samples: number[] = []

  add(ms: number): void {
    this.#samples.push(ms)
    if (this.#samples.length > SAMPLES) this.#samples.shift()
  }

  /** The sample below which `part` of them lie; undefined before the first. */
  quantile(part: number): number | undefined {
    const sorted = [...this.#samples].sort((a, b) => a - b)
    return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)]
  }
}
