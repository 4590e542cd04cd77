const LOOK_MS = 20

/** For how long nothing went on, and after which fault. */
export class StallMeter {
  readonly #count: () => number
  readonly #worst = new Map<string, number>()
  readonly #timer: NodeJS.Timeout
  #now = 'nothing'
  #seen = 0
  #since = performance.now()

  /** `count` grows while things go on. */
  constructor(count: () => number) {
    this.#count = count
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  /** What stalls from here on is told as an effect of this. */
  after(what: string): void {
    this.#now = what
  }

  /** The longest stall after each fault, in milliseconds. */
  stop(): Readonly<Record<string, number>> {
    clearInterval(this.#timer)
    return Object.fromEntries(this.#worst)
  }

  #look(): void {
    const now = performance.now()
    const count = this.#count()
    if (count !== this.#seen) this.#since = now
    this.#seen = count
    this.#worst.set(this.#now, Math.max(this.#worst.get(this.#now) ?? 0, Math.round(now - this.#since)))
  }
}
