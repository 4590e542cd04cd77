import type { RowResult } from '../checking/rows.ts'
import type { RowText } from '../checking/server-check.ts'

/** Where the pages are whose sections rows name. */
const PAGES = 'https://github.com/holdfast-sessions/holdfast/blob/main/docs/wire/'

const OUTCOME_WIDTH = 'not applicable'.length + 2

/** Results as they come, written in the order of the rows: each as soon as those before it are there. */
export class Report {
  readonly #left: RowText[]
  readonly #width: number
  readonly #early = new Map<string, RowResult>()
  readonly #results: RowResult[] = []
  readonly #write: (line: string) => void
  readonly #isJson: boolean

  /** `rows`: those that are checked, in order. */
  constructor(rows: readonly RowText[], write: (line: string) => void, isJson: boolean) {
    this.#left = [...rows]
    this.#width = Math.max(...rows.map(({ id }) => id.length), 0)
    this.#write = write
    this.#isJson = isJson
  }

  put(result: RowResult): void {
    this.#early.set(result.id, result)
    for (let next = this.#due(); next !== undefined; next = this.#due()) {
      this.#left.shift()
      this.#results.push(next)
      for (const line of this.#linesOf(next)) this.#write(line)
    }
  }

  /** The last line of a table. */
  end(): void {
    if (this.#isJson) return
    const count = (outcome: RowResult['outcome']): string =>
      `${this.#results.filter((result) => result.outcome === outcome).length} ${outcome}`
    this.#write(`${count('passed')}, ${count('failed')}, ${count('not applicable')}`)
  }

  #due(): RowResult | undefined {
    const [row] = this.#left
    return row === undefined ? undefined : this.#early.get(row.id)
  }

  #linesOf(result: RowResult): readonly string[] {
    return this.#isJson ? [JSON.stringify(result)] : rowLines(result, this.#width)
  }
}

/** A row, and below a failed one what was expected and what was seen. */
function rowLines(result: RowResult, width: number): readonly string[] {
  const { id, outcome, requires, section, why, expected, seen } = result
  const indent = ' '.repeat(width + OUTCOME_WIDTH + 2)
  const head = `${id.padEnd(width)}  ${outcome.padEnd(OUTCOME_WIDTH)}${requires}`
  if (outcome === 'not applicable') return [head, `${indent}(${why})`]
  if (outcome === 'passed') return [head]
  return [
    head,
    `${indent}required by: ${section}`,
    `${indent}             ${pageOf(section)}`,
    `${indent}expected:    ${expected}`,
    `${indent}seen:        ${seen}`,
  ]
}

/** The address of a section, as documents are shown where the sources are. */
export function pageOf(section: string): string {
  const [page = '', title = ''] = section.split(', ', 2)
  const anchor = title
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replace(/\s/g, '-')
  return `${PAGES}${page}${anchor === 'introduction' ? '' : `#${anchor}`}`
}
