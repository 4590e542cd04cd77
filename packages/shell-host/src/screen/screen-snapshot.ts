import type { ScreenModes } from '@holdfast/terminal'
import type { IBuffer, Terminal } from '@xterm/headless'
import { CellRows, type PaintedRow } from './cell-rows.ts'
import { isProtected, linkOf, renditionOf } from './rendition.ts'
import { coreOf, type XtermBuffer, type XtermCore } from './xterm-internals.ts'

const ST = '\u001b\\'
const PLAIN = '\u001b[m'
/** Plain attributes and ASCII. */
const BASIC = `\u001b(B${PLAIN}`
/** Of these one is set at a time, and any of them ends it. */
const MOUSE_TRACKING = /\u001b\[\?(9|100[0-3])h/g
const MOUSE_MODES: Readonly<Record<Terminal['modes']['mouseTrackingMode'], string>> = {
  ...{ none: '', x10: '\u001b[?9h', vt200: '\u001b[?1000h', drag: '\u001b[?1002h', any: '\u001b[?1003h' },
}
/** A mode that clears the screen where a terminal has it (DECCOLM); a printer and a task bar are outside the screen. */
const NOT_SET_AGAIN = /\u001b\[\?3h|\u001b\[\??5i|\u001b\]9;[^\u0007\u001b]*(\u0007|\u001b\\)/g

/**
 * Brings any terminal to where painting begins: main screen, nothing set, default colours. Mouse, paste and keyboard modes
 * off, character sets ASCII, whole screen scrolls, an empty screen. Keyboard flags are popped on the screen that is shown and
 * on the main one; how many there are only the client knows, and its `OutputFilter` pops no more than those.
 */
const BEGIN = [
  '\u001b[?2026l\u001b[<99u\u001b[?1049l\u001b[!p\u001b[r\u001b[?6;69;5;45;66;1l\u001b[?7;25h',
  '\u001b[?9;1000;1001;1002;1003;1004;1005;1006;1015;1016;2004l\u001b[<99u\u001b[>4m',
  '\u001b[4;20l\u001b>\u001b(B\u001b)B\u001b*B\u001b+B\u000f\u001b[0 q\u001b]8;;\u001b\\',
  `\u001b]104${ST}\u001b]110${ST}\u001b]111${ST}\u001b]112${ST}\u001b[0"q${PLAIN}\u001b[H\u001b[2J`,
].join('')

/** What a snapshot is made of. */
export interface SnapshotSource {
  readonly terminal: Terminal
  /** Follows what the output has set. */
  readonly modes: ScreenModes
}

/**
 * What a terminal shows and what is set in it, as output that brings another one of the same size to it. It only paints:
 * no clipboard, notification, bell or window, and no question. Where it would be longer than `maxBytes`, the oldest
 * lines above the screen are left out.
 */
export function snapshotOf({ terminal, modes }: SnapshotSource, maxBytes: number): Uint8Array {
  const core = coreOf(terminal)
  const { normal } = core._bufferService.buffers
  const rows = new CellRows(terminal)
  const isAlternate = terminal.buffer.active.type === 'alternate'
  const paint = {
    // The alternate screen is entered with the cursor that comes back with the main one.
    main: `${savedCursor(normal, terminal.cols)}${isAlternate ? '' : BASIC}`,
    alternate: isAlternate ? alternateScreen(terminal, rows) : '',
    cursor: cursorOf(terminal, rows),
  }
  const set = modes.apply(paint).replace(NOT_SET_AGAIN, '').replace(MOUSE_TRACKING, '')
  const end = `${set}${corrections(terminal, modes)}${MOUSE_MODES[terminal.modes.mouseTrackingMode]}${penOf(core, rows)}`
  const begin = `${BEGIN}${tabStops(normal, terminal.cols)}`
  const painted = rowsOf(terminal.buffer.normal, rows)
  const room = maxBytes - begin.length - Buffer.byteLength(end)
  return new TextEncoder().encode(`${begin}${text(newest(painted, terminal.rows, room))}${end}`)
}

/** Terminals differ in what a soft reset ends; here it is as this one has it. */
function corrections({ modes: now }: Terminal, modes: ScreenModes): string {
  const has = [
    ...[[1, now.applicationCursorKeysMode] as const, [7, now.wraparoundMode] as const],
    ...[[45, now.reverseWraparoundMode] as const, [1004, now.sendFocusMode] as const],
    [2004, now.bracketedPasteMode] as const,
  ]
  return has
    .filter(([mode, isSet]) => modes.isSet(mode) !== isSet)
    .map(([mode, isSet]) => `\u001b[?${mode}${isSet ? 'h' : 'l'}`)
    .join('')
}

function alternateScreen(terminal: Terminal, rows: CellRows): string {
  const { alt } = coreOf(terminal)._bufferService.buffers
  const painted = text(rowsOf(terminal.buffer.alternate, rows))
  return `${BASIC}\u001b[r\u001b[H\u001b[2J${painted}${savedCursor(alt, terminal.cols)}${BASIC}`
}

function rowsOf(buffer: IBuffer, rows: CellRows): PaintedRow[] {
  return Array.from({ length: buffer.length }, (_, index) => rows.row(buffer, index))
}

function text(rows: readonly PaintedRow[]): string {
  return rows.map((row, index) => (index === rows.length - 1 ? row.text : `${row.text}${row.separator}`)).join('')
}

/** The screen's own rows, and of those above as many as there is room for, from the beginning of a line on. */
function newest(painted: readonly PaintedRow[], screenRows: number, room: number): readonly PaintedRow[] {
  // A character takes three bytes at most where it is one unit of UTF-16.
  const whole = painted.reduce((sum, row) => sum + row.text.length + row.separator.length, 0)
  if (whole * 3 <= room) return painted
  let left = room
  let first = painted.length
  for (let index = painted.length - 1; index >= 0; index--) {
    const row = painted[index]
    if (row === undefined) break
    left -= Buffer.byteLength(row.text) + row.separator.length
    if (left < 0 && index < painted.length - screenRows) break
    if (!row.isWrapped || index >= painted.length - screenRows) first = index
  }
  return painted.slice(first)
}

function tabStops({ tabs }: XtermBuffer, columns: number): string {
  const stops = Object.keys(tabs).filter((column) => tabs[column] === true && Number(column) < columns)
  return `\u001b[3g${stops.map((column) => `\u001b[${Number(column) + 1}G\u001bH`).join('')}\u001b[H`
}

/**
 * The cursor that the program has saved, with its attributes and its character set; it stays there. Where it has saved none
 * nothing is saved: a writer of something else needs it.
 */
function savedCursor(buffer: XtermBuffer, columns: number): string {
  const { savedX, savedY, ybase, savedCurAttrData, savedCharset } = buffer
  const { fg, bg } = savedCurAttrData
  const rendition = fg === 0 && bg === 0 ? PLAIN : renditionOf(savedCurAttrData)
  const [row, column] = [Math.max(0, savedY - ybase) + 1, Math.min(savedX, columns - 1) + 1]
  const isSaved = row > 1 || column > 1 || rendition !== PLAIN || savedCharset !== undefined
  const looks = `${rendition}${isDrawing(savedCharset) ? '\u001b(0' : ''}`
  return `\u001b[${row};${column}H${looks}${isSaved ? '\u001b7' : ''}`
}

/** Brings the cursor where it is, also when it waits at the end of a row: there it is written once more. */
function cursorOf(terminal: Terminal, rows: CellRows): string {
  const { active } = terminal.buffer
  const { normal, alt } = coreOf(terminal)._bufferService.buffers
  const { scrollTop } = active.type === 'alternate' ? alt : normal
  const { cursorX, cursorY } = active
  const row = cursorY + 1 - (terminal.modes.originMode ? scrollTop : 0)
  const place = (column: number): string => `\u001b[${row};${column + 1}H`
  if (cursorX < terminal.cols) return place(cursorX)
  const line = active.getLine(active.baseY + cursorY)
  const isWide = line?.getCell(terminal.cols - 1)?.getWidth() === 0
  const column = terminal.cols - (isWide ? 2 : 1)
  return `${place(column)}${(line === undefined ? undefined : rows.character(line, column)) ?? ''}`
}

/** How characters are written, and the link that they belong to. */
function penOf(core: XtermCore, rows: CellRows): string {
  const attributes = core._inputHandler._curAttrData
  const protection = isProtected(attributes.bg) ? '\u001b[1"q' : ''
  const { charset, glevel } = core._charsetService
  // A cursor that was brought back may have changed the set in force and not where it was designated.
  const designated = charset === undefined ? 'B' : isDrawing(charset) ? '0' : undefined
  const set = designated === undefined ? '' : `\u001b${'()*+'[glevel] ?? '('}${designated}`
  return `${set}${renditionOf(attributes)}${protection}\u001b]8;;${ST}${rows.openLink(linkOf(attributes))}`
}

/** DEC special graphics: lines and corners. */
function isDrawing(charset: object | undefined): boolean {
  return charset !== undefined && Reflect.get(charset, 'q') === '─'
}
