import type { Clock } from '@holdfast/core'

/** What happened in one world, a line each, for a person. Costs nothing while it is off. */
export class Trace {
  readonly #clock: Clock
  readonly #lines: string[] = []
  readonly on: boolean

  constructor(clock: Clock, on: boolean) {
    this.#clock = clock
    this.on = on
  }

  add(who: 'network' | 'server' | 'user' | 'engine' | 'clock' | 'wire' | 'check', what: string): void {
    if (!this.on) return
    const seconds = (this.#clock.now() / 1000).toFixed(3).padStart(9)
    this.#lines.push(`${seconds}  ${who.padEnd(8)} ${what}`)
  }

  get lines(): readonly string[] {
    return this.#lines
  }
}
