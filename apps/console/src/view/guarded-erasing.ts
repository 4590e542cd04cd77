import type { Terminal } from '@xterm/xterm'

/**
 * In the last column of the last line, erasing everything up to the cursor throws in xterm.js 6.0.0, which looks for a line below
 * it, and the terminal shows nothing ever after. It is the whole screen that is erased there. A version that is built otherwise
 * erases nothing there, until the program draws anew.
 */
export function guardErasing(terminal: Terminal): void {
  const erase = (mode: unknown, keepsProtected: boolean): boolean => {
    const { cursorX, cursorY, length } = terminal.buffer.active
    if (mode !== 1 || cursorX + 1 < terminal.cols || cursorY + 1 < length) return false
    const handler = memberOf(memberOf(terminal, '_core'), '_inputHandler')
    const eraseInDisplay = memberOf(handler, 'eraseInDisplay')
    if (typeof eraseInDisplay === 'function') eraseInDisplay.call(handler, { params: [2] }, keepsProtected)
    return true
  }
  terminal.parser.registerCsiHandler({ final: 'J' }, ([mode]) => erase(mode, false))
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'J' }, ([mode]) => erase(mode, true))
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
