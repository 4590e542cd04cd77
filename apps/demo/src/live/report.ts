import type { TallyReport } from '../tally.ts'

/** One row of the tally. */
export interface Row {
  readonly name: string
  readonly sent: number
  readonly received: number
  readonly lost: number
  readonly doubled: number
}

/** What was sent, against what came of it. */
export function row(name: string, sent: number, { received, doubled }: Pick<TallyReport, 'received' | 'doubled'>): Row {
  return { name, sent, received, lost: sent - received, doubled }
}

/** Whether everything came, and once. Nothing sent proves nothing. */
export function isExact(rows: readonly Row[]): boolean {
  return rows.length > 0 && rows.every(({ sent, lost, doubled }) => sent > 0 && lost === 0 && doubled === 0)
}

/** The rows as lines of text. */
export function table(rows: readonly Row[]): readonly string[] {
  const cell = (value: number | string): string => String(value).padStart(10)
  const width = Math.max(...rows.map(({ name }) => name.length), 0) + 2
  return [
    `\n${''.padEnd(width)}${['sent', 'received', 'lost', 'doubled'].map(cell).join('')}`,
    ...rows.map(
      ({ name, sent, received, lost, doubled }) =>
        name.padEnd(width) + [sent, received, lost, doubled].map(cell).join(''),
    ),
  ]
}
