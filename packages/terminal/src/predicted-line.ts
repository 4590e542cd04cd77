import type { GuessedCell, LineGuess } from './line-guess.ts'
import type { LineTracker } from './line-tracker.ts'

/** What is drawn over the line until it is confirmed. */
export interface PredictedLine {
  /** The column of the first cell. */
  readonly from: number
  readonly cells: readonly GuessedCell[]
  /** Where the cursor will be. */
  readonly cursor: number
  /** Typed behind a line feed, in characters: where it will appear is unknown, and whether it may be seen. */
  readonly hidden: number
}

const BLANK: GuessedCell = { text: ' ', rendition: '\u001b[0m' }

/** Where the line that is guessed differs from what is there; undefined where it does not. */
export function predictedLine(guess: LineGuess, actual: LineTracker, hidden: number): PredictedLine | undefined {
  const length = Math.max(actual.cells.length, guess.cells.length)
  const differs = (at: number): boolean => (guess.cells[at] ?? BLANK).text !== actual.cellAt(at).text
  let from = 0
  while (from < length && !differs(from)) from += 1
  let end = length
  while (end > from && !differs(end - 1)) end -= 1
  if (end === from && guess.column === actual.column && hidden === 0) return undefined
  const cells = Array.from({ length: end - from }, (_, at) => guess.cells[from + at] ?? BLANK)
  return { from, cells, cursor: guess.column, hidden }
}

/** They show the same. */
export function isSameLine(one: PredictedLine | undefined, other: PredictedLine | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return (
    one.from === other.from &&
    one.cursor === other.cursor &&
    one.hidden === other.hidden &&
    one.cells.length === other.cells.length &&
    one.cells.every(({ text, isGuess }, at) => text === other.cells[at]?.text && isGuess === other.cells[at]?.isGuess)
  )
}
