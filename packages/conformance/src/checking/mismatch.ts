/** The subject did something else than the text requires. */
export class Mismatch extends Error {
  readonly expected: string
  readonly seen: string

  constructor(expected: string, seen: string) {
    super(`expected ${expected}, saw ${seen}`)
    this.expected = expected
    this.seen = seen
  }
}

/** The subject lacks what the row is about, and the text lets it. */
export class NotApplicable extends Error {}

/** @throws {@link Mismatch} unless it holds */
export function expectThat(holds: boolean, expected: string, seen: unknown): asserts holds {
  if (!holds) throw new Mismatch(expected, shown(seen))
}

/** @throws {@link Mismatch} unless both say the same as JSON */
export function expectSame(seen: unknown, expected: unknown, what: string): void {
  const [saw, wanted] = [JSON.stringify(seen), JSON.stringify(expected)]
  expectThat(saw === wanted, `${what}: ${wanted}`, seen)
}

const MOST_CHARS = 240

/** A value in a table. Texts as they are, others as JSON; what is long is cut. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.length <= MOST_CHARS ? text : `${text.slice(0, MOST_CHARS)}…`
}

/** What a failed check has to say. An error of another kind is a fault of the subject that this tool did not foresee. */
export function seenText(error: unknown): { readonly expected: string; readonly seen: string } {
  if (error instanceof Mismatch) return { expected: error.expected, seen: error.seen }
  return { expected: 'a conversation that can be carried out', seen: shown(String(error)) }
}
