import type { ClientTarget } from './checked-client.ts'
import { type Row, type RowResult, runRows, type Stage, selectRows } from './rows.ts'
import { type RowText, type RunOptions, rowTexts } from './server-check.ts'

/** How clients of one wire are checked. */
export interface ClientCheck<S extends Stage> {
  readonly rows: readonly Row<S>[]
  readonly open: (target: ClientTarget) => Promise<S>
}

/** What of a check does not depend on its wire. */
export interface ClientWireCheck {
  readonly rows: readonly RowText[]
  readonly run: (target: ClientTarget, options: RunOptions) => Promise<readonly RowResult[]>
}

export function clientCheckOf<S extends Stage>({ rows, open }: ClientCheck<S>): ClientWireCheck {
  return {
    rows: rowTexts(rows),
    run: async (target, { only, ...options }) => runRows(selectRows(rows, only), () => open(target), options),
  }
}
