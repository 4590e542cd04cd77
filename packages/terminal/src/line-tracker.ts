import { cellWidth } from './cell-width.ts'
import { type CsiToken, parametersOf, type Token } from './token.ts'

/** One cell of the line: what stands there, and how it was written. The right half of a wide character is empty. */
export interface LineCell {
  readonly text: string
  readonly rendition: string
}

const BLANK: LineCell = { text: ' ', rendition: '\u001b[0m' }
const TAB = 8
const LF = 0x0a
const CR = 0x0d
/** They leave the line, or may: cursor to elsewhere, scrolling, lines in and out. */
const LEAVING = 'ABEFHLMSTdfr'

/** What a tracker follows. */
export interface LineTrackerOptions {
  readonly columns: () => number
  /** The graphic rendition in force, as bytes. */
  readonly rendition: () => string
}

/**
 * The line that the cursor is in, as far as output has written it; and the column. A line that the cursor came to is
 * taken for blank where nothing was written since.
 */
export class LineTracker {
  readonly #options: LineTrackerOptions
  readonly #decoder = new TextDecoder()
  #cells: LineCell[] = []
  #column: number | undefined = 0
  /** Counts lines: another number is another line. */
  #line = 0

  constructor(options: LineTrackerOptions) {
    this.#options = options
  }

  /** Where the cursor is; undefined where it is unknown. */
  get column(): number | undefined {
    return this.#column
  }

  get cells(): readonly LineCell[] {
    return this.#cells
  }

  /** Changes when the cursor leaves the line. */
  get line(): number {
    return this.#line
  }

  cellAt(column: number): LineCell {
    return this.#cells[column] ?? BLANK
  }

  /** Follows output. */
  see(token: Token): void {
    if (token.kind === 'text') this.#text(token.bytes)
    else if (token.kind === 'control') this.#control(token.code)
    else if (token.kind === 'escape') this.#escape(token.intermediates, token.final)
    else if (token.kind === 'csi') this.#csi(token)
  }

  /** The cursor's place is unknown: another screen, another size. */
  forget(): void {
    this.#leave(undefined)
  }

  #text(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true })
    const rendition = this.#options.rendition()
    for (const character of text) {
      const width = cellWidth(character.codePointAt(0) ?? 0)
      if (width === undefined) {
        this.#column = undefined
        continue
      }
      this.#put(character, width, rendition)
    }
  }

  #put(text: string, width: number, rendition: string): void {
    if (this.#column === undefined) return
    if (this.#column + width > this.#options.columns()) this.#leave(0)
    const column = this.#column ?? 0
    for (let at = this.#cells.length; at < column; at += 1) this.#cells[at] = BLANK
    this.#cells[column] = { text, rendition }
    if (width === 2) this.#cells[column + 1] = { text: '', rendition }
    this.#column = column + width
  }

  #control(code: number): void {
    if (code === CR) this.#column = 0
    else if (code === 0x08) this.#move(-1)
    else if (code === 0x09) this.#tab()
    else if ((code >= LF && code <= 0x0c) || code === 0x84 || code === 0x8d) this.#leave(this.#column)
    else if (code === 0x85) this.#leave(0)
  }

  #tab(): void {
    if (this.#column === undefined) return
    this.#column = Math.min((Math.floor(this.#column / TAB) + 1) * TAB, this.#options.columns() - 1)
  }

  #escape(intermediates: string, final: string): void {
    if (intermediates !== '') return
    if (final === 'D' || final === 'M') this.#leave(this.#column)
    else if (final === 'E') this.#leave(0)
    else if (final === 'c' || final === '8') this.#leave(undefined)
  }

  #csi(token: CsiToken): void {
    const { prefix, intermediates, final } = token
    if (prefix === '?' && (final === 'h' || final === 'l')) return this.#mode(token)
    if (intermediates === '!' && final === 'p') return this.#leave(undefined)
    if (prefix !== '' || intermediates !== '') return
    const parameters = parametersOf(token)
    const count = Math.max(parameters[0] ?? 1, 1)
    if (LEAVING.includes(final)) return this.#leave(columnAfter(final, parameters, this.#column))
    if (final === 'C' || final === 'a') this.#move(count)
    else if (final === 'D') this.#move(-count)
    else if (final === 'G' || final === '`') this.#column = count - 1
    else if (final === 'K') this.#erase(parameters[0] ?? 0)
    else if (final === 'J') this.#erase(parameters[0] === 1 ? 1 : (parameters[0] ?? 0) === 0 ? 0 : 2)
    else this.#edit(final, count)
  }

  #edit(final: string, count: number): void {
    if (final === 'u' || final === 'b') this.#leave(undefined)
    if (this.#column === undefined || !'P@X'.includes(final)) return
    const blanks = Array.from({ length: Math.min(count, this.#options.columns()) }, () => BLANK)
    if (final === 'P') this.#cells.splice(this.#column, count)
    else if (final === '@' && this.#column < this.#cells.length) this.#cells.splice(this.#column, 0, ...blanks)
    else if (final === 'X') for (const at of blanks.keys()) this.#blank(this.#column + at)
  }

  #blank(column: number): void {
    if (column < this.#cells.length) this.#cells[column] = BLANK
  }

  #erase(part: number): void {
    if (part === 2) this.#cells = []
    else if (this.#column === undefined) return
    else if (part === 1) for (let at = 0; at <= this.#column; at += 1) this.#blank(at)
    else this.#cells.length = Math.min(this.#cells.length, this.#column)
  }

  #mode(token: CsiToken): void {
    const leaves = [3, 6, 47, 69, 1047, 1048, 1049]
    if (parametersOf(token).some((mode) => mode !== undefined && leaves.includes(mode))) this.#leave(undefined)
  }

  #move(by: number): void {
    if (this.#column === undefined) return
    const last = this.#options.columns() - 1
    this.#column = Math.max(0, Math.min(Math.min(this.#column, last) + by, last))
  }

  #leave(column: number | undefined): void {
    this.#line += 1
    this.#cells = []
    this.#column = column
  }
}

function columnAfter(
  final: string,
  parameters: readonly (number | undefined)[],
  column: number | undefined,
): number | undefined {
  if (final === 'H' || final === 'f') return Math.max(parameters[1] ?? 1, 1) - 1
  if (final === 'E' || final === 'F' || final === 'r' || final === 'L' || final === 'M') return 0
  return column
}

/** Where following may begin in a chunk: everything before the last line of it is gone. */
export function lastLine(tokens: readonly Token[]): number {
  const isControl = (token: Token, code: number): boolean => token.kind === 'control' && token.code === code
  for (let at = tokens.length - 1; at > 0; at -= 1) {
    const [token, before] = [tokens[at], tokens[at - 1]]
    if (token !== undefined && before !== undefined && isControl(token, LF) && isControl(before, CR)) return at - 1
  }
  return 0
}
