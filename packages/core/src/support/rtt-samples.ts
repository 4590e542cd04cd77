const SAMPLES = 32

/** The last 32 round trips. */
export class RttSamples {
  #samples: number[] = []

  add(ms: number): void {
    // A copy is small and exact; a pushed-to array keeps room for more than most connections ever need.
    this.#samples = this.#samples.slice(1 - SAMPLES).concat(ms)
  }

  /** The sample below which `part` of them lie; undefined before the first. */
  quantile(part: number): number | undefined {
    const sorted = [...this.#samples].sort((a, b) => a - b)
    return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)]
  }
}
