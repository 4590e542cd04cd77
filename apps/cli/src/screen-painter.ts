import type { IBufferCell, Terminal } from '@xterm/headless'

/** In character cells. */
export interface WindowSize {
  readonly columns: number
  readonly rows: number
}

const DEFAULT_RENDITION = '\u001B[0m'
const FLAGS: readonly (readonly [(cell: IBufferCell) => number, number])[] = [
  [(cell) => cell.isBold(), 1],
  [(cell) => cell.isDim(), 2],
  [(cell) => cell.isItalic(), 3],
  [(cell) => cell.isUnderline(), 4],
  [(cell) => cell.isBlink(), 5],
  [(cell) => cell.isInverse(), 7],
  [(cell) => cell.isInvisible(), 8],
  [(cell) => cell.isStrikethrough(), 9],
  [(cell) => cell.isOverline(), 53],
]

/**
 * Draws a screen of one size in a window of another: whole with a border where the window is larger, the part around the
 * cursor where it is smaller, and a line of ours at the bottom. Only rows that changed are written.
 */
export class ScreenPainter {
  readonly #screen: Terminal
  #drawn: string[] = []
  #left = 0
  #top = 0

  constructor(screen: Terminal) {
    this.#screen = screen
  }

  /** The window was resized, or another program drew in it: everything is drawn anew. */
  forget(): void {
    this.#drawn = []
  }

  /** The bytes that bring the window up to date. */
  paint(window: WindowSize, notice: (isWhole: boolean) => string): string {
    const { cols, rows } = this.#screen
    const shown = { columns: Math.min(window.columns, cols), rows: Math.max(Math.min(window.rows - 1, rows), 0) }
    this.#follow(shown)
    const isWhole = shown.columns === cols && shown.rows === rows
    const lines = Array.from({ length: shown.rows }, (_, row) => this.#row(row, shown.columns, window.columns))
    while (lines.length < window.rows - 1) lines.push(this.#below(lines.length, window.columns))
    lines.push(`\u001B[7m${notice(isWhole).slice(0, window.columns - 1)}${DEFAULT_RENDITION}\u001B[K`)
    const changed = lines.map((line, row) => (line === this.#drawn[row] ? '' : `\u001B[${row + 1};1H${line}`))
    this.#drawn = lines
    return `${changed.join('')}${this.#cursor(shown)}`
  }

  /** The part that is shown moves as little as it can, so that the cursor is in it. */
  #follow(shown: WindowSize): void {
    const { cols, rows, buffer } = this.#screen
    const { cursorX, cursorY } = buffer.active
    const within = (offset: number, cursor: number, length: number, all: number): number => {
      const least = Math.max(cursor - length + 1, 0)
      return Math.max(0, Math.min(Math.max(offset, least), cursor, all - length))
    }
    this.#left = within(this.#left, Math.min(cursorX, cols - 1), shown.columns, cols)
    this.#top = within(this.#top, cursorY, shown.rows, rows)
  }

  #row(row: number, columns: number, width: number): string {
    const { active } = this.#screen.buffer
    const line = active.getLine(active.baseY + this.#top + row)
    const pieces: string[] = [DEFAULT_RENDITION]
    let rendition = DEFAULT_RENDITION
    for (let column = 0; column < columns; column += 1) {
      const cell = line?.getCell(this.#left + column)
      if (cell === undefined) break
      const width = cell.getWidth()
      // The right half of what begins before the edge, or the left half of what ends behind it.
      const isCut = (width === 0 && column === 0) || (width === 2 && column + 1 === columns)
      if (width === 0 && !isCut) continue
      const next = renditionOf(cell)
      if (next !== rendition) pieces.push(next)
      rendition = next
      pieces.push(isCut ? ' ' : cell.getChars() || ' ')
    }
    // Blanks at the end would only be copied along.
    if (columns >= width && rendition === DEFAULT_RENDITION) return `${pieces.join('').trimEnd()}\u001B[K`
    const border = columns < width ? `${DEFAULT_RENDITION}\u001B[2m\u2502` : ''
    return `${pieces.join('')}${border}${DEFAULT_RENDITION}${columns + 1 < width ? '\u001B[K' : ''}`
  }

  #below(row: number, width: number): string {
    const { cols, rows } = this.#screen
    if (row !== rows) return `${DEFAULT_RENDITION}\u001B[K`
    const corner = cols < width ? '\u2518' : ''
    return `${DEFAULT_RENDITION}\u001B[2m${'\u2500'.repeat(Math.min(cols, width))}${corner}${DEFAULT_RENDITION}${cols + 1 < width ? '\u001B[K' : ''}`
  }

  #cursor({ columns, rows }: WindowSize): string {
    const { cursorX, cursorY } = this.#screen.buffer.active
    const [column, row] = [Math.min(cursorX - this.#left, columns - 1), Math.min(cursorY - this.#top, rows - 1)]
    return `\u001B[${Math.max(row, 0) + 1};${Math.max(column, 0) + 1}H`
  }
}

/** The sequence that writes as this cell is written; it begins with a reset. */
function renditionOf(cell: IBufferCell): string {
  if (cell.isAttributeDefault()) return DEFAULT_RENDITION
  const flags = FLAGS.filter(([isSet]) => isSet(cell) !== 0).map(([, code]) => code)
  const [foreground, background] = [colorOf(cell, 'Fg'), colorOf(cell, 'Bg')]
  return `\u001B[${[0, ...flags, ...foreground, ...background].join(';')}m`
}

function colorOf(cell: IBufferCell, side: 'Fg' | 'Bg'): readonly number[] {
  const isFg = side === 'Fg'
  const color = isFg ? cell.getFgColor() : cell.getBgColor()
  const base = isFg ? 38 : 48
  if (isFg ? cell.isFgRGB() : cell.isBgRGB()) return [base, 2, (color >> 16) & 255, (color >> 8) & 255, color & 255]
  return (isFg ? cell.isFgPalette() : cell.isBgPalette()) ? [base, 5, color] : []
}
