import { invalidOption } from '../errors.ts'
import { NotApplicable, seenText } from './mismatch.ts'

/** The wires that speak the resume extension. */
export const WIRES = ['hub', 'shell', 'acp'] as const

/** The wire that is checked. */
export type Wire = (typeof WIRES)[number]

/** One requirement of the text, and how it is checked. */
export interface Row<Stage> {
  /** Names it for `--only`, such as `hub/replay`. It stays the same in later versions. */
  readonly id: string
  /** What the text requires, in a sentence. */
  readonly requires: string
  /** Where it is required: a page below `docs/wire` with its section. */
  readonly section: string
  /** Rejects with a `Mismatch` where the subject does something else, with `NotApplicable` where it cannot be asked. */
  readonly check: (stage: Stage) => Promise<void>
}

/** What became of one row. */
export interface RowResult {
  readonly id: string
  readonly requires: string
  readonly section: string
  readonly outcome: 'passed' | 'failed' | 'not applicable'
  /** Of a failed row: what the text lets expect. */
  readonly expected?: string | undefined
  /** Of a failed row: what came instead. */
  readonly seen?: string | undefined
  /** Of a row that does not apply: why. */
  readonly why?: string | undefined
}

/** What a row is carried out on, made for it alone. */
export interface Stage {
  close(): Promise<void>
}

/** Checks the rows, some at a time, each on a stage of its own. The results have the order of the rows. */
export async function runRows<S extends Stage>(
  rows: readonly Row<S>[],
  open: () => Promise<S>,
  { atOnce, onResult }: { readonly atOnce: number; readonly onResult?: ((result: RowResult) => void) | undefined },
): Promise<readonly RowResult[]> {
  const results: RowResult[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let at = next++; at < rows.length; at = next++) {
      const row = rows[at]
      if (row === undefined) continue
      const result = await runRow(row, open)
      results[at] = result
      onResult?.(result)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, rows.length) }, work))
  return results
}

async function runRow<S extends Stage>(row: Row<S>, open: () => Promise<S>): Promise<RowResult> {
  const { id, requires, section } = row
  const stage = await open()
  try {
    await row.check(stage)
    return { id, requires, section, outcome: 'passed' }
  } catch (error) {
    if (error instanceof NotApplicable) return { id, requires, section, outcome: 'not applicable', why: error.message }
    return { id, requires, section, outcome: 'failed', ...seenText(error) }
  } finally {
    await stage.close()
  }
}

/** The rows that are asked for, by id or the part behind the `/`; all where none are. @throws `conformance/invalid_option` */
export function selectRows<R extends { readonly id: string }>(
  rows: readonly R[],
  only: readonly string[] = [],
): readonly R[] {
  const unknown = only.find((wanted) => !rows.some(({ id }) => isNamed(id, wanted)))
  if (unknown !== undefined) {
    throw invalidOption(`expected --only to name a row of this wire, got "${unknown}"; the command list names them all`)
  }
  return only.length === 0 ? rows : rows.filter(({ id }) => only.some((wanted) => isNamed(id, wanted)))
}

function isNamed(id: string, wanted: string): boolean {
  return id === wanted || id.endsWith(`/${wanted}`)
}
