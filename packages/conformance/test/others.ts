import type { RowResult } from '../src/index.ts'

/** A right subject may take its time on a busy machine. */
export const PATIENT_MS = 60_000

/** Of the rows that did not pass: why, by their ids. */
export function others(results: readonly RowResult[]): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    results
      .filter(({ outcome }) => outcome !== 'passed')
      .map(({ id, outcome, why, expected, seen }) => [id, why ?? `${outcome}: expected ${expected}, saw ${seen}`]),
  )
}
