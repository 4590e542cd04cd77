import type { RowResult } from '../src/index.ts'

/** Of the rows that did not pass: why, by their ids. */
export function others(results: readonly RowResult[]): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    results
      .filter(({ outcome }) => outcome !== 'passed')
      .map(({ id, outcome, why, expected, seen }) => [id, why ?? `${outcome}: expected ${expected}, saw ${seen}`]),
  )
}
