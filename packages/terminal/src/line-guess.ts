import type { LineCell } from './line-tracker.ts'
import type { LineEdit } from './typed-keys.ts'

/** A cell of the line as it is expected to become. */
export interface GuessedCell extends LineCell {
  /** It is typed, and unconfirmed. */
  readonly isGuess?: boolean
}

const BLANK: GuessedCell = { text: ' ', rendition: '\u001b[0m' }

/** The line that the cursor is in, as it will be once some edits are echoed. */
export class LineGuess {
  readonly cells: GuessedCell[]
  column: number
  /** Input begins here: what is left of it belongs to a prompt. */
  readonly #start: number
  readonly #columns: number

  constructor(cells: readonly LineCell[], column: number, start: number, columns: number) {
    this.cells = [...cells]
    this.column = column
    this.#start = start
    this.#columns = columns
  }

  /** @returns false where its effect is unknown */
  apply(edit: LineEdit): boolean {
    switch (edit.kind) {
      case 'insert':
        return this.#insert(edit.text, edit.width)
      case 'erase':
        return this.#left() && this.#remove()
      case 'left':
        return this.#left()
      case 'right':
        return this.#right()
      case 'enter':
      case 'unknown':
        return false
    }
  }

  /** The line up to the cursor, and the cursor, are those of `cells` and `column`. */
  matches(cells: readonly LineCell[], column: number): boolean {
    if (column !== this.column) return false
    for (let at = this.#start; at < column; at += 1) {
      if ((this.cells[at] ?? BLANK).text !== (cells[at] ?? BLANK).text) return false
    }
    return true
  }

  #insert(text: string, width: number): boolean {
    // The last column wraps, each terminal in its way.
    if (Math.max(this.cells.length, this.column) + width >= this.#columns) return false
    while (this.cells.length < this.column) this.cells.push(BLANK)
    const cell: GuessedCell = { text, rendition: '', isGuess: true }
    this.cells.splice(this.column, 0, cell, ...(width === 2 ? [{ ...cell, text: '' }] : []))
    this.column += width
    return true
  }

  #remove(): boolean {
    this.cells.splice(this.column, this.#widthAt(this.column))
    return true
  }

  #left(): boolean {
    const width = this.cells[this.column - 1]?.text === '' ? 2 : 1
    if (this.column - width < this.#start) return false
    this.column -= width
    return true
  }

  #right(): boolean {
    if (this.column >= this.cells.length) return false
    this.column += this.#widthAt(this.column)
    return true
  }

  #widthAt(column: number): number {
    return this.cells[column + 1]?.text === '' ? 2 : 1
  }
}
