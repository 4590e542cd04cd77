import type { RowResult } from '../checking/rows.ts'

/** Results as lines of a table: a row each, and below a failed one what was expected and what was seen. */
export function reportLines(results: readonly RowResult[]): readonly string[] {
  const width = Math.max(...results.map(({ id }) => id.length), 0)
  const indent = ' '.repeat(width + OUTCOME_WIDTH + 2)
  return [...results.flatMap((result) => rowLines(result, width, indent)), summary(results)]
}

const OUTCOME_WIDTH = 'not applicable'.length + 2

function rowLines(result: RowResult, width: number, indent: string): readonly string[] {
  const { id, outcome, requires, section, why, expected, seen } = result
  const head = `${id.padEnd(width)}  ${outcome.padEnd(OUTCOME_WIDTH)}${requires}`
  if (outcome === 'not applicable') return [head, `${indent}(${why})`]
  if (outcome === 'passed') return [head]
  return [
    head,
    `${indent}required by: ${section}`,
    `${indent}expected:    ${expected}`,
    `${indent}seen:        ${seen}`,
  ]
}

function summary(results: readonly RowResult[]): string {
  const count = (outcome: RowResult['outcome']): string =>
    `${results.filter((result) => result.outcome === outcome).length} ${outcome}`
  return `${count('passed')}, ${count('failed')}, ${count('not applicable')}`
}
