import type { Database, SqlValue, Statement } from './database.ts'

/** Rows of one statement. More than 32 are not faster, measured with short and with long rows. */
const SIZES = [32, 4, 1] as const

/** Puts rows into a table, many of them with one statement: a call of the driver costs as much as a row. */
export class RowInsert {
  readonly #width: number
  readonly #bySize: readonly { readonly values: number; readonly statement: Statement }[]

  /** @param into the beginning of the statement: `INSERT INTO table` or another verb */
  constructor(database: Database, into: string, columns: readonly string[]) {
    this.#width = columns.length
    const row = `(${columns.map(() => '?').join(', ')})`
    this.#bySize = SIZES.map((size) => {
      const rows = Array.from({ length: size }, () => row).join(', ')
      const statement = database.prepare(`${into} (${columns.join(', ')}) VALUES ${rows}`)
      return { values: size * this.#width, statement }
    })
  }

  /** Puts them in, in order. `values`: of all columns of the first row, then of the next one. */
  run(values: readonly SqlValue[]): void {
    let at = 0
    for (const { values: count, statement } of this.#bySize) {
      for (; at + count <= values.length; at += count) statement.run(...values.slice(at, at + count))
    }
  }
}
