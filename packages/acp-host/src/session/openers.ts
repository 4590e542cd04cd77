import type { Outcome } from '../state/turn-types.ts'

interface Opener {
  /** Where the log was when it came. */
  readonly since: number
  readonly resolve: (outcome: Outcome) => void
}

/** Callers that wait for a session to be open at its agent. */
export class Openers {
  readonly #all = new Set<Opener>()

  get size(): number {
    return this.#all.size
  }

  /** Resolves with how it was opened, or why not. `since`: where the log is now. */
  wait(since: number): Promise<Outcome> {
    return new Promise((resolve) => void this.#all.add({ since, resolve }))
  }

  /** Notifies all clients that came before this record. */
  settle(outcome: Outcome, before: number = Number.POSITIVE_INFINITY): void {
    for (const opener of [...this.#all]) {
      if (opener.since >= before) continue
      this.#all.delete(opener)
      opener.resolve(outcome)
    }
  }
}
