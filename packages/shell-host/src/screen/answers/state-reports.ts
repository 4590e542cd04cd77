import type { ScreenModes } from '@holdfast/terminal'
import type { IDisposable, Terminal } from '@xterm/headless'
import { attributesOf, erasedBackground, isProtected, type Vt100Attributes } from '../rendition.ts'
import { cellOf, coreOf } from '../xterm-internals.ts'

const ST = '\u001b\\'
/** What single shifts and flags are counted from: `@` is none. */
const NONE = 0x40
const SPACE = 0x20
/** xterm keeps this beside a wide character, in the cell that the character covers. */
const COVERED = 0xff
const MAX_LABEL = 65_535
/** What an attribute adds to the value of a cell (xterm 379). */
const WEIGHTS: readonly (readonly [keyof Vt100Attributes, number])[] = [
  ['isUnderlined', 0x10],
  ['isInverse', 0x20],
  ['isBlinking', 0x40],
  ['isBold', 0x80],
]

/** A part of the screen: rows and columns from 0, the last ones included. */
interface Rectangle {
  readonly top: number
  readonly left: number
  readonly bottom: number
  readonly right: number
}

/**
 * Answers what asks for the state of the screen and xterm.js does not know, as xterm does: cursor and tab stops (DECRQPSR),
 * the checksum of a rectangle (DECRQCRA).
 */
export function reportState(terminal: Terminal, modes: ScreenModes, answer: (text: string) => void): IDisposable {
  const handlers = [
    terminal.parser.registerCsiHandler({ intermediates: '$', final: 'w' }, ([report]) => {
      if (report === 1) answer(`\u001bP1$u${cursorReport(terminal, modes)}${ST}`)
      else if (report === 2) answer(`\u001bP2$u${tabStops(terminal)}${ST}`)
      return true
    }),
    terminal.parser.registerCsiHandler({ intermediates: '*', final: 'y' }, (parameters) => {
      // The page is left aside: there is one.
      const [label = 0, , ...edges] = parameters.map((value) => (typeof value === 'number' ? value : 0))
      const sum = checksum(terminal, rectangleOf(terminal, edges))
      const digits = sum.toString(16).toUpperCase().padStart(4, '0')
      answer(`\u001bP${Math.min(label, MAX_LABEL)}!~${digits}${ST}`)
      return true
    }),
  ]
  return {
    dispose: () => {
      for (const handler of handlers) handler.dispose()
    },
  }
}

/** DECCIR: place, page, attributes, protection, flags, shifts, size of the sets, and the sets themselves. */
function cursorReport(terminal: Terminal, modes: ScreenModes): string {
  const { cursorX, cursorY } = terminal.buffer.active
  const pen = coreOf(terminal)._inputHandler._curAttrData
  const { isBold, isUnderlined, isBlinking, isInverse } = attributesOf(pen)
  const { designated, left, right } = modes.characterSets
  const flags = [terminal.modes.originMode, false, false, cursorX >= terminal.cols]
  return [
    ...[cursorY + 1, Math.min(cursorX, terminal.cols - 1) + 1, 1],
    ...[flagged([isBold, isUnderlined, isBlinking, isInverse]), flagged([isProtected(pen.bg)]), flagged(flags)],
    ...[left, right, 'O', designated.join('')],
  ].join(';')
}

function flagged(flags: readonly boolean[]): string {
  const bits = flags.reduce((sum, isSet, bit) => sum + (isSet ? 1 << bit : 0), NONE)
  return String.fromCharCode(bits)
}

/** DECTABSR. */
function tabStops(terminal: Terminal): string {
  const { normal, alt } = coreOf(terminal)._bufferService.buffers
  const { tabs } = terminal.buffer.active.type === 'alternate' ? alt : normal
  const columns = Object.keys(tabs).filter((column) => tabs[column] === true && Number(column) < terminal.cols)
  return columns.map((column) => Number(column) + 1).join('/')
}

/** Edges as they are asked for: what is missing is the edge of the page, what is beyond is cut off. */
function rectangleOf(terminal: Terminal, [top = 0, left = 0, bottom = 0, right = 0]: readonly number[]): Rectangle {
  const { normal, alt } = coreOf(terminal)._bufferService.buffers
  const region = terminal.buffer.active.type === 'alternate' ? alt : normal
  const first = terminal.modes.originMode ? region.scrollTop : 0
  const last = terminal.modes.originMode ? region.scrollBottom : terminal.rows - 1
  return {
    top: first + Math.max(top, 1) - 1,
    left: Math.max(left, 1) - 1,
    bottom: bottom === 0 ? last : Math.min(first + bottom - 1, last),
    right: Math.min(right === 0 ? terminal.cols : right, terminal.cols) - 1,
  }
}

/**
 * The negated sum of what was drawn, as xterm has it without options (`checksumExtension`). Cells that nothing was drawn in
 * count for nothing, but the first one is a space. Cells that were erased are taken for such: which of them a program has
 * erased is not kept.
 */
function checksum(terminal: Terminal, { top, left, bottom, right }: Rectangle): number {
  const { active } = terminal.buffer
  const cell = cellOf(terminal)
  let sum = 0
  for (let row = top; row <= bottom; row++) {
    const line = active.getLine(active.baseY + row)
    for (let column = left; column <= right; column++) {
      const isThere = line?.getCell(column, cell) !== undefined
      const isFirst = row === top && column === left
      const isDrawn = isThere && (cell.getChars() !== '' || cell.getWidth() === 0 || erasedBackground(cell.bg) !== 0)
      if (isDrawn) sum += weightOf(cell)
      else if (isFirst) sum += SPACE
    }
  }
  return -sum & 0xffff
}

function weightOf(cell: ReturnType<typeof cellOf>): number {
  if (cell.getWidth() === 0) return COVERED
  const attributes = attributesOf(cell)
  const code = attributes.isHidden || cell.getChars() === '' ? SPACE : (cell.getChars().codePointAt(0) ?? SPACE) & 0xff
  return WEIGHTS.reduce((value, [name, weight]) => value + (attributes[name] ? weight : 0), code)
}
