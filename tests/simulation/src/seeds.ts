/** The long form lives all worlds (`pnpm test:worlds`); all the checks together have little time for each. */
export const isLong: boolean = process.env['HOLDFAST_LONG'] === '1'

/** So many seeds in the long form, and a few of them in all the checks. @defaultValue a fifth, but not fewer than twenty */
export function seeds(count: number, few: number = Math.max(20, count / 5)): readonly number[] {
  return Array.from({ length: isLong ? count : Math.min(count, few) }, (_, seed) => seed)
}
