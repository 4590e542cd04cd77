import { testkitError } from './errors.ts'

/** Records what happened and says which promises were broken. Knows nothing of the code under test. */
export interface Audit {
  /** One line each; empty when every promise was kept. */
  violations(): readonly string[]
}

/** Lines kept by one audit; the rest is counted. */
const MAX_KEPT = 100

/** A bounded list of broken promises. */
export class Violations implements Audit {
  readonly #lines: string[] = []
  #more = 0

  add(line: string): void {
    if (this.#lines.length < MAX_KEPT) this.#lines.push(line)
    else this.#more += 1
  }

  violations(): readonly string[] {
    return this.#more === 0 ? this.#lines : [...this.#lines, `and ${this.#more} more`]
  }
}

/** @throws `testkit/invariant_broken` with all lines of all audits. */
export function assertNoViolations(...audits: readonly Audit[]): void {
  const lines = audits.flatMap((audit) => audit.violations())
  if (lines.length > 0) throw testkitError('testkit/invariant_broken', `promises broken:\n- ${lines.join('\n- ')}`)
}
