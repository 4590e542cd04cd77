import { type Audit, Violations } from './violations.ts'

/** Sampled numbers stay within their bounds: queue bytes, queued messages, timers. */
export class BoundsAudit<Name extends string> implements Audit {
  readonly #bounds: ReadonlyMap<string, number>
  readonly #peaks = new Map<string, number>()
  readonly #violations = new Violations()

  constructor(bounds: Readonly<Record<Name, number>>) {
    this.#bounds = new Map(entries(bounds))
  }

  sample(values: Readonly<Partial<Record<Name, number>>>, atMs: number): void {
    for (const [name, value] of entries(values)) {
      const bound = this.#bounds.get(name)
      const peak = this.#peaks.get(name) ?? Number.NEGATIVE_INFINITY
      if (value > peak) this.#peaks.set(name, value)
      if (bound !== undefined && value > bound && peak <= bound) {
        this.#violations.add(`${name} is ${value} at ${atMs} ms, at most ${bound} is allowed`)
      }
    }
  }

  /** The highest value of each that was sampled. */
  peaks(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#peaks)
  }

  violations(): readonly string[] {
    return this.#violations.violations()
  }
}

function entries(values: object): [string, number][] {
  return Object.entries(values).flatMap(([name, value]): [string, number][] =>
    typeof value === 'number' ? [[name, value]] : [],
  )
}
