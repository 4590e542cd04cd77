/** Cells of one line, from the left. */
export type Row = readonly string[]

/** Lines with their columns under each other, apart by two blanks. What is painted comes after: it has no width. */
export function tableOf(
  rows: readonly Row[],
  paint: (cell: string, column: number) => string = (cell) => cell,
): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => paint(cell, column) + ' '.repeat((widths[column] ?? 0) - cell.length))
    return cells.join('  ').trimEnd()
  })
}

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const

/** A time that has passed, in its largest unit: `3 min`. */
export function durationOf(ms: number): string {
  const [length, unit] = UNITS.find(([least]) => ms >= least) ?? [1_000, 's']
  return `${Math.max(0, Math.floor(ms / length))} ${unit}`
}
