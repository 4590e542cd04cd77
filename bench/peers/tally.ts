import type { Heard } from './wire.ts'

/** What became of the messages of one client. */
export interface Outcome {
  readonly sent: number
  readonly lostUp: number
  readonly lostUpSilently: number
  readonly doubledUp: number
  readonly lostDown: number
  readonly lostDownSilently: number
  readonly doubledDown: number
  /** For each fault, seconds from its end to the first message that was published behind it; undefined: none came. */
  readonly backAfter: readonly (number | undefined)[]
}

/** Counts what one client says against what was there. */
export class Tally implements Heard {
  readonly #arrived = new Map<number, number>()
  readonly #said = new Map<number, 'has' | 'has not' | 'nothing' | 'open'>()
  readonly #down: (number | 'gap')[] = []
  #published = 0
  #heal: { readonly at: number; readonly first: number } | undefined
  readonly #backAfter: (number | undefined)[] = []

  /** The next number on the way up. */
  sends(): number {
    const n = this.#said.size
    this.#said.set(n, 'open')
    return n
  }

  said(n: number, what: 'has' | 'has not' | 'nothing'): void {
    this.#said.set(n, what)
  }

  arrived(n: number): void {
    this.#arrived.set(n, (this.#arrived.get(n) ?? 0) + 1)
  }

  /** The next number on the way down. */
  publishes(): number {
    this.#published += 1
    return this.#published - 1
  }

  message(n: number): void {
    this.#down.push(n)
    const heal = this.#heal
    if (heal === undefined || n < heal.first) return
    this.#backAfter[this.#backAfter.length - 1] = (performance.now() - heal.at) / 1_000
    this.#heal = undefined
  }

  gap(): void {
    this.#down.push('gap')
  }

  /** A fault is over. */
  healed(): void {
    this.#heal = { at: performance.now(), first: this.#published }
    this.#backAfter.push(undefined)
  }

  outcome(): Outcome {
    const lost = [...this.#said].filter(([n]) => !this.#arrived.has(n))
    const came = this.#down.filter((one) => one !== 'gap')
    const once = new Set(came)
    return {
      sent: this.#said.size,
      lostUp: lost.length,
      // What is still open at the end is not settled either way, but not confirmed either.
      lostUpSilently: lost.filter(([, said]) => said === 'has' || said === 'nothing').length,
      doubledUp: [...this.#arrived.values()].reduce((sum, times) => sum + times - 1, 0),
      lostDown: this.#published - once.size,
      lostDownSilently: this.#untold(),
      doubledDown: came.length - once.size,
      backAfter: this.#backAfter,
    }
  }

  /** Missing numbers for which no gap stands between their neighbours. */
  #untold(): number {
    const once = new Set(this.#down)
    let highest = -1
    let isTold = false
    let untold = 0
    for (const one of [...this.#down, this.#published]) {
      if (one === 'gap') isTold = true
      else if (one > highest) {
        const missing = Array.from({ length: one - highest - 1 }, (_, at) => highest + 1 + at)
        if (!isTold) untold += missing.filter((n) => !once.has(n)).length
        highest = one
        isTold = false
      }
    }
    return untold
  }
}
