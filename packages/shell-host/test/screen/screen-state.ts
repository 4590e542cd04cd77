import unicode11 from '@xterm/addon-unicode11'
import headless, { type IBuffer, type Terminal } from '@xterm/headless'
import { SCROLLBACK_LINES } from '../../src/screen/screen-model.ts'
import {
  cellOf,
  coreOf,
  guardErasing,
  type XtermAttributes,
  type XtermBuffer,
} from '../../src/screen/xterm-internals.ts'

/** A terminal that sees everything: the judge. */
export function judge(columns = 80, rows = 24, scrollback = SCROLLBACK_LINES): Terminal {
  const terminal = new headless.Terminal({
    ...{ cols: columns, rows, scrollback, allowProposedApi: true, logLevel: 'off' },
    windowOptions: { pushTitle: true, popTitle: true },
  })
  terminal.loadAddon(new unicode11.Unicode11Addon())
  terminal.unicode.activeVersion = '11'
  guardErasing(terminal)
  return terminal
}

/** Takes output at once. */
export function show(terminal: Terminal, output: Uint8Array | string): void {
  coreOf(terminal)._inputHandler.parse(Buffer.from(output))
}

/** Everything that a terminal shows and has set, as text that can be compared; one line of it a row of the screen. */
export function stateOf(terminal: Terminal): Readonly<Record<string, unknown>> {
  const { normal, alt } = coreOf(terminal)._bufferService.buffers
  const isAlternate = terminal.buffer.active.type === 'alternate'
  return {
    size: [terminal.cols, terminal.rows],
    active: terminal.buffer.active.type,
    normal: rowsOf(terminal, terminal.buffer.normal),
    alternate: isAlternate ? rowsOf(terminal, terminal.buffer.alternate) : [],
    cursor: cursorOf(terminal),
    saved: [savedOf(normal, terminal.cols), isAlternate ? savedOf(alt, terminal.cols) : ''],
    regions: [regionOf(normal), isAlternate ? regionOf(alt) : ''],
    tabs: Object.keys(normal.tabs).filter((column) => normal.tabs[column] === true && Number(column) < terminal.cols),
    modes: { ...terminal.modes },
    attributes: attributesOf(coreOf(terminal)._inputHandler._curAttrData, terminal),
    charset: charsetOf(terminal),
    hidden: Reflect.get(Reflect.get(Reflect.get(terminal, '_core'), 'coreService'), 'isCursorHidden'),
    titles: ['_windowTitle', '_iconName', '_windowTitleStack', '_iconNameStack'].map((name) =>
      Reflect.get(coreOf(terminal)._inputHandler, name),
    ),
  }
}

function charsetOf(terminal: Terminal): string {
  const service = Reflect.get(Reflect.get(terminal, '_core'), '_charsetService')
  const charset: unknown = Reflect.get(service, 'charset')
  return typeof charset === 'object' && charset !== null ? Object.values(charset).join('') : ''
}

/** A cursor that waits to wrap behind an erased cell, which no output leads to but erasing, counts as on that cell. */
function cursorOf({ cols, buffer: { active } }: Terminal): readonly number[] {
  const last = active.getLine(active.baseY + active.cursorY)?.getCell(cols - 1)
  const isErased = last?.getWidth() === 1 && last.getChars() === ''
  return [isErased ? Math.min(active.cursorX, cols - 1) : active.cursorX, active.cursorY]
}

/** One that was saved while it waited to wrap is saved at the last column. */
function savedOf(buffer: XtermBuffer, columns: number): string {
  const { savedX, savedY, ybase } = buffer
  const { fg, bg } = buffer.savedCurAttrData
  return [
    Math.min(savedX, columns - 1),
    Math.max(0, savedY - ybase),
    colorOf(fg),
    colorOf(bg),
    flags(fg),
    flags(bg & ~0x10000000),
  ].join(' ')
}

function regionOf({ scrollTop, scrollBottom }: XtermBuffer): readonly number[] {
  return [scrollTop, scrollBottom]
}

function rowsOf(terminal: Terminal, buffer: IBuffer): readonly string[] {
  const cell = cellOf(terminal)
  return Array.from({ length: buffer.length }, (_, index) => {
    const line = buffer.getLine(index)
    let text = ''
    let previous = ''
    for (let column = 0; column < terminal.cols; column++) {
      if (line?.getCell(column, cell) === undefined || cell.getWidth() === 0) continue
      const characters = cell.getChars()
      const style = characters === '' ? colorOf(cell.bg) : attributesOf(cell, terminal)
      if (style !== previous) text += `{${style}}`
      previous = style
      text += characters === '' ? '·' : characters
    }
    return `${index > 0 && line?.isWrapped === true ? '↪' : ''}${text.replace(/·+$/, '')}`
  })
}

function attributesOf({ fg, bg, extended }: XtermAttributes, terminal: Terminal): string {
  const isUnderlined = (fg & 0x10000000) !== 0
  const style = isUnderlined && (bg & 0x10000000) !== 0 ? (extended._ext >>> 26) & 7 : 0
  const color = extended._ext & 0x3ffffff
  const line = style === 0 ? '' : `${style === 1 ? '' : style}${color === 0x3ffffff ? '' : colorOf(color)}`
  const link =
    extended.urlId === 0 || (bg & 0x10000000) === 0
      ? ''
      : (coreOf(terminal)._oscLinkService.getLinkData(extended.urlId)?.uri ?? '')
  return [colorOf(fg), colorOf(bg), flags(fg), flags(bg & ~0x10000000), line, link].join(',').replace(/^,+$/, '')
}

function flags(word: number): string {
  const bits = (word & 0xfc000000) >>> 26
  return bits === 0 ? '' : bits.toString(2)
}

/** A colour without what xterm.js leaves of the one before in bits that it does not read. */
function colorOf(word: number): string {
  const mode = (word & 0x3000000) >>> 24
  if (mode === 0) return ''
  return `${mode}:${(word & (mode === 3 ? 0xffffff : 0xff)).toString(16)}`
}
