import type { IBuffer, IBufferLine, Terminal } from '@xterm/headless'
import { backgroundOf, erasedBackground, isProtected, linkOf, renditionOf, underlineKey } from './rendition.ts'
import { cellOf, coreOf, type XtermCell, type XtermCore } from './xterm-internals.ts'

const PLAIN = '\u001b[m'
const LINK_END = '\u001b]8;;\u001b\\'

/** One row of a screen as output that paints it, from its first column, in a terminal that writes plainly. */
export interface PaintedRow {
  readonly text: string
  /** What leads to the next row. */
  readonly separator: string
  /** It continues where the row above ended. */
  readonly isWrapped: boolean
}

/** Turns rows of cells into output that paints them: characters, attributes, links, erased cells, wrapping. */
export class CellRows {
  readonly #columns: number
  readonly #core: XtermCore
  readonly #cell: XtermCell
  #text = ''
  /** The column after what was written; all columns: the cursor waits to wrap. */
  #column = 0
  #blanks = 0
  #blankColor = 0
  /** How characters are written now, as one word each. */
  #fg = 0
  #bg = 0
  #underline = 0
  #link = 0

  constructor(terminal: Terminal) {
    this.#columns = terminal.cols
    this.#core = coreOf(terminal)
    this.#cell = cellOf(terminal)
  }

  /** The row of this index, counted from the oldest that is kept. */
  row(buffer: IBuffer, index: number): PaintedRow {
    const line = buffer.getLine(index)
    const next = buffer.getLine(index + 1)
    this.#text = ''
    this.#column = 0
    if (line !== undefined) this.#paint(line)
    const isWrapped = line?.isWrapped === true
    if (next === undefined) return { text: this.#text, separator: '', isWrapped }
    const separator = next.isWrapped && line !== undefined ? this.#wrap(line, next) : '\r\n'
    return { text: this.#text, separator, isWrapped }
  }

  /** The character in one cell with its attributes and its link, and nothing after it; undefined for an erased cell. */
  character(line: IBufferLine, column: number): string | undefined {
    const cell = this.#read(line, column)
    if (cell === undefined || cell.getChars() === '') return undefined
    this.#text = ''
    this.#setPen(cell)
    const text = `${this.#text}${cell.getChars()}`
    this.#text = ''
    this.#resetPen()
    return `${text}${this.#text}`
  }

  /** What opens the link of these attributes; empty where there is none. */
  openLink(id: number): string {
    const link = id === 0 ? undefined : this.#core._oscLinkService.getLinkData(id)
    if (link === undefined) return ''
    return `\u001b]8;${link.id === undefined ? '' : `id=${link.id}`};${link.uri}\u001b\\`
  }

  #paint(line: IBufferLine): void {
    this.#blanks = 0
    for (let column = 0; column < this.#columns; column++) {
      const cell = this.#read(line, column)
      const width = cell?.getWidth() ?? 0
      if (cell === undefined || width === 0) continue
      const characters = cell.getChars()
      if (characters === '') this.#blank(cell)
      else {
        this.#endBlanks(true)
        this.#setPen(cell)
        this.#text += characters
        this.#column = column + width
      }
    }
    this.#endBlanks(false)
    this.#resetPen()
  }

  #blank(cell: XtermCell): void {
    const color = erasedBackground(cell.bg)
    if (this.#blanks > 0 && color !== this.#blankColor) this.#endBlanks(true)
    this.#blankColor = color
    this.#blanks += 1
  }

  /** Erased cells are erased again; those of the default background are so already. */
  #endBlanks(isFollowed: boolean): void {
    if (this.#blanks === 0) return
    const count = this.#blanks
    this.#blanks = 0
    if (this.#blankColor !== 0) {
      this.#resetPen()
      this.#text += `${backgroundOf(this.#blankColor)}\u001b[${count}X${PLAIN}`
    }
    if (!isFollowed) return
    this.#text += `\u001b[${count}C`
    this.#column += count
  }

  /** By itself a terminal wraps only before a character; and it colours the rest of a new row like that one. */
  #wrap(line: IBufferLine, next: IBufferLine): string {
    const isFull = this.#column === this.#columns
    const first = this.#read(next, 0)
    const isPlain = first !== undefined && first.getChars() !== '' && erasedBackground(first.bg) === 0
    if (isFull && isPlain) return ''
    // Written over with spaces until it wraps; then what they covered is erased again.
    if (isFull) return ' \r\u001b[X'
    const last = this.#read(line, this.#columns - 1)
    const erased = `${backgroundOf(last === undefined ? 0 : erasedBackground(last.bg))}\u001b[X${PLAIN}`
    return `\r\u001b[${this.#columns}G  \u001b[A\u001b[${this.#columns}G${erased}\u001b[B\r\u001b[X`
  }

  #setPen(cell: XtermCell): void {
    const { fg, bg } = cell
    const underline = underlineKey(cell)
    if (fg !== this.#fg || bg !== this.#bg || underline !== this.#underline) {
      this.#text += renditionOf(cell)
      if (isProtected(bg) !== isProtected(this.#bg)) this.#text += isProtected(bg) ? '\u001b[1"q' : '\u001b[0"q'
      this.#fg = fg
      this.#bg = bg
      this.#underline = underline
    }
    const link = linkOf(cell)
    if (link === this.#link) return
    this.#text += link === 0 ? LINK_END : this.openLink(link)
    this.#link = link
  }

  #resetPen(): void {
    if (this.#link !== 0) this.#text += LINK_END
    if (this.#fg !== 0 || this.#bg !== 0 || this.#underline !== 0) this.#text += PLAIN
    if (isProtected(this.#bg)) this.#text += '\u001b[0"q'
    this.#fg = this.#bg = this.#underline = this.#link = 0
  }

  #read(line: IBufferLine, column: number): XtermCell | undefined {
    return line.getCell(column, this.#cell) === undefined ? undefined : this.#cell
  }
}
