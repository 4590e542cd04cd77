/** What became of numbered things that arrive somewhere. */
export interface TallyReport {
  /** Different numbers that came. */
  readonly received: number
  /** Numbers between the first and the highest that have not come. */
  readonly missing: number
  /** Arrivals of a number that had come before. */
  readonly doubled: number
  /** The highest number; 0 before any. */
  readonly highest: number
}

/** Counts numbered arrivals: which are missing, which came twice. Remembers only the holes. */
export class Tally {
  readonly #holes = new Set<number>()
  #first: number | undefined
  #highest = 0
  #doubled = 0

  /** `first`: where the numbers begin. @defaultValue with the first that comes */
  constructor(first?: number | undefined) {
    this.#first = first
    if (first !== undefined) this.#highest = first - 1
  }

  get report(): TallyReport {
    const span = this.#first === undefined ? 0 : this.#highest - this.#first + 1
    const missing = this.#holes.size
    return { received: span - missing, missing, doubled: this.#doubled, highest: this.#highest }
  }

  /** Counts one arrival. */
  take(n: number): void {
    if (this.#first === undefined) {
      this.#first = n
      this.#highest = n - 1
    }
    if (n > this.#highest) {
      for (let hole = this.#highest + 1; hole < n; hole++) this.#holes.add(hole)
      this.#highest = n
    } else if (!this.#holes.delete(n)) this.#doubled++
  }
}
