import type { EchoPrediction } from './echo-prediction.ts'
import type { PredictedLine } from './predicted-line.ts'

/** Grey, on whatever theme. */
const GREY = '\u001b[0;90m'
/** The right half of a wide character is drawn with its left half. */
const isDrawn = (cell: { readonly text: string }): boolean => cell.text !== ''

/** What was drawn over the line. */
interface Painted {
  readonly line: PredictedLine
  /** Cells over which something was drawn. */
  readonly length: number
  /** Where the cursor was put. */
  readonly cursor: number
}

/**
 * Draws predicted input on a terminal that only takes bytes, and takes it away again: between `erase()` and `draw()` the
 * screen is as output has made it. Moves within the line alone, and saves no cursor: that belongs to programs.
 */
export class PredictionPainter {
  readonly #prediction: EchoPrediction
  #painted: Painted | undefined

  constructor(prediction: EchoPrediction) {
    this.#prediction = prediction
  }

  /** The bytes that take away what is drawn; empty where nothing is. To be written before output. */
  erase(): string {
    const painted = this.#painted
    if (painted === undefined) return ''
    this.#painted = undefined
    const { actual } = this.#prediction
    const { from } = painted.line
    const column = actual.column ?? painted.cursor
    const written = Math.max(Math.min(actual.cells.length - from, painted.length), 0)
    const cells = actual.cells.slice(from, from + written).filter(isDrawn)
    const text = inRenditions(cells.map((cell) => [cell.rendition, cell.text]))
    // Where output wrote nothing, nothing is written: no blanks to be copied with the line.
    const blank = painted.length > written ? `\u001b[0m\u001b[${painted.length - written}X` : ''
    return `${move(painted.cursor, from)}${text}${blank}${move(from + written, column)}${this.#rendition()}`
  }

  /** The bytes that draw what is predicted now; empty where nothing is. To be written after output. */
  draw(columns: number): string {
    const { line, actual } = this.#prediction
    if (line === undefined || actual.column === undefined) return ''
    const hidden = line.hidden > 0 ? `${GREY}\u23ce` : ''
    const hiddenCells = line.hidden > 0 ? 1 : 0
    const length = line.cells.length + hiddenCells
    if (line.from + length >= columns) return ''
    this.#painted = { line, length, cursor: line.cursor }
    const cells = line.cells.filter(isDrawn)
    const text = inRenditions(cells.map((cell) => [cell.isGuess === true ? GREY : cell.rendition, cell.text]))
    const end = move(line.from + length, line.cursor)
    return `${move(actual.column, line.from)}${text}${hidden}${end}${this.#rendition()}`
  }

  #rendition(): string {
    return this.#prediction.rendition
  }
}

/** Text with its renditions, each where it begins. */
function inRenditions(pieces: readonly (readonly [rendition: string, text: string])[]): string {
  return pieces
    .map(([rendition, text], at) => (rendition === pieces[at - 1]?.[0] ? text : `${rendition}${text}`))
    .join('')
}

function move(from: number, to: number): string {
  if (to === from) return ''
  return to > from ? `\u001b[${to - from}C` : `\u001b[${from - to}D`
}
