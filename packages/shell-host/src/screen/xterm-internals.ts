import type { IBufferCell, Terminal } from '@xterm/headless'

/** How characters are written, as xterm.js keeps it. */
export interface XtermAttributes {
  readonly fg: number
  readonly bg: number
  readonly extended: { readonly _ext: number; readonly urlId: number }
}

/** A cell, with what xterm.js keeps beside its public methods. */
export type XtermCell = IBufferCell & XtermAttributes

/** What of a screen the public interface does not show. */
export interface XtermBuffer {
  readonly x: number
  readonly y: number
  readonly ybase: number
  readonly scrollTop: number
  readonly scrollBottom: number
  readonly savedX: number
  readonly savedY: number
  readonly savedCurAttrData: XtermAttributes
  /** The table of a character set; undefined for ASCII. */
  readonly savedCharset: object | undefined
  /** By column. */
  readonly tabs: Readonly<Record<string, boolean>>
}

/** What of a terminal the public interface does not show. */
export interface XtermCore {
  readonly _bufferService: { readonly buffers: { readonly normal: XtermBuffer; readonly alt: XtermBuffer } }
  readonly _inputHandler: {
    readonly _curAttrData: XtermAttributes
    /** Takes output at once; what `write()` does later. */
    parse(data: Uint8Array): unknown
    /** ED. */
    eraseInDisplay(params: { readonly params: readonly number[] }, keepsProtected: boolean): boolean
  }
  /** The table in force, and which of G0 to G3 it is in. */
  readonly _charsetService: { readonly charset: object | undefined; readonly glevel: number }
  readonly _oscLinkService: {
    getLinkData(id: number): { readonly id?: string | undefined; readonly uri: string } | undefined
  }
}

/**
 * xterm.js without its curtain. Its public interface has no scroll region, saved cursor, tab stops, current attributes or
 * links, and takes output later only. The version is pinned; one that is built otherwise is noticed here.
 * @throws TypeError where a part is missing
 */
export function coreOf(terminal: Terminal): XtermCore {
  const core: unknown = Reflect.get(terminal, '_core')
  if (!isCore(core)) throw new TypeError('This version of @xterm/headless is built otherwise: 6.0.0 was expected.')
  return core
}

/**
 * In the last column of the last line, erasing everything up to the cursor throws in 6.0.0: it looks for a line below. It is
 * the whole screen that is erased there.
 */
export function guardErasing(terminal: Terminal): void {
  const core = coreOf(terminal)
  const erase = (mode: unknown, keepsProtected: boolean): boolean => {
    const { cursorX, cursorY, length } = terminal.buffer.active
    if (mode !== 1 || cursorX + 1 < terminal.cols || cursorY + 1 < length) return false
    return core._inputHandler.eraseInDisplay({ params: [2] }, keepsProtected)
  }
  terminal.parser.registerCsiHandler({ final: 'J' }, ([mode]) => erase(mode, false))
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'J' }, ([mode]) => erase(mode, true))
}

/** An empty cell to read others into. */
export function cellOf(terminal: Terminal): XtermCell {
  const cell = terminal.buffer.active.getNullCell()
  if (!isCell(cell)) throw new TypeError('This version of @xterm/headless is built otherwise: 6.0.0 was expected.')
  return cell
}

function isCore(value: unknown): value is XtermCore {
  return (
    has(
      value,
      '_inputHandler',
      (handler) =>
        isFunction(handler, 'parse') &&
        isFunction(handler, 'eraseInDisplay') &&
        has(handler, '_curAttrData', isAttributes),
    ) &&
    has(value, '_charsetService', (service) => has(service, 'glevel', isNumber)) &&
    has(value, '_oscLinkService', (links) => isFunction(links, 'getLinkData')) &&
    has(value, '_bufferService', (service) =>
      has(service, 'buffers', (buffers) => has(buffers, 'normal', isBuffer) && has(buffers, 'alt', isBuffer)),
    )
  )
}

function isBuffer(value: unknown): boolean {
  const numbers = ['x', 'y', 'ybase', 'scrollTop', 'scrollBottom', 'savedX', 'savedY']
  return numbers.every((name) => has(value, name, isNumber)) && has(value, 'savedCurAttrData', isAttributes)
}

function isCell(cell: IBufferCell): cell is XtermCell {
  return isAttributes(cell)
}

function isAttributes(value: unknown): boolean {
  const isExtended = (extended: unknown): boolean => has(extended, '_ext', isNumber) && has(extended, 'urlId', isNumber)
  return has(value, 'fg', isNumber) && has(value, 'bg', isNumber) && has(value, 'extended', isExtended)
}

function isFunction(value: unknown, name: string): boolean {
  return has(value, name, (member) => typeof member === 'function')
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number'
}

function has(value: unknown, name: string, fits: (member: unknown) => boolean): boolean {
  return typeof value === 'object' && value !== null && fits(Reflect.get(value, name))
}
