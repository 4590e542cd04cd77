import type { RowResult } from '../../src/index.ts'

const MOST_CHARS = 120

/** Names, numbers and lengths that differ from run to run. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/(epoch: \[true,)"[^"]*"/, '$1"EPOCH"'],
  [/(instance|client): "[^"]*"/, '$1: "NAME"'],
  [/(out|SCREEN): \d+$/, '$1: N'],
  [/"(?!conf\.)[0-9a-z]{1,8}\.(?=\d)/g, '"ID.'],
  [/acp_[\w-]{22}( \d+)?/g, 'SESSION'],
  [/\[\[\d+,/, '[[N,'],
  [/"id":"?\d+"?/g, '"id":ID'],
]

/** That a row failed, and what it expected: the same in every run. */
export function failureText(id: string, result: RowResult | undefined): string {
  const expected = VARYING.reduce((text, [varying, name]) => text.replace(varying, name), result?.expected ?? '')
  return `${id}: ${result?.outcome}\n  expected ${expected.slice(0, MOST_CHARS)}`
}
