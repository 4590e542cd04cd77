import { type Row, type RowResult, runRows, type Stage, selectRows } from './rows.ts'
import type { ServerTarget } from './target.ts'

/** How servers of one wire are checked. */
export interface ServerCheck<S extends Stage> {
  readonly rows: readonly Row<S>[]
  readonly open: (target: ServerTarget) => S
  /** @throws `conformance/unreachable` where there is no server that takes clients */
  readonly probe: (target: ServerTarget) => Promise<void>
}

/** A row, without how it is checked. */
export type RowText = Pick<RowResult, 'id' | 'requires' | 'section'>

/** That there is a server may take its time, however soon rows are to fail. In milliseconds. */
const PROBE_MS = 30_000

/** What of a check does not depend on its wire. */
export interface WireCheck {
  readonly rows: readonly RowText[]
  readonly run: (target: ServerTarget, options: RunOptions) => Promise<readonly RowResult[]>
}

/** Which rows, and how many at the same time. */
export interface RunOptions {
  readonly only: readonly string[] | undefined
  readonly atOnce: number
  /** Called with each result as it is there, in any order. */
  readonly onResult?: ((result: RowResult) => void) | undefined
}

export function checkOf<S extends Stage>({ rows, open, probe }: ServerCheck<S>): WireCheck {
  return {
    rows: rowTexts(rows),
    run: async (target, { only, ...options }) => {
      const selected = selectRows(rows, only)
      await probe({ ...target, timeoutMs: Math.max(target.timeoutMs, PROBE_MS) })
      return runRows(selected, async () => open(target), options)
    },
  }
}

/** Rows as they are listed. */
export function rowTexts<S>(rows: readonly Row<S>[]): readonly RowText[] {
  return rows.map(({ id, requires, section }) => ({ id, requires, section }))
}
