/** With Alt: keys of the console itself, also from inside a terminal, which can so always be left. */
const OWN_KEY = /^([1-5]|Page(Up|Down))$/

/** A key of the row that phones have above their keyboard. */
export type RowKey = 'Escape' | 'Tab' | 'Up' | 'Down' | 'Left' | 'Right' | 'Home' | 'End' | '|' | '/' | '-' | '~'

const CODES: Readonly<Record<RowKey, string>> = {
  ...{ Escape: '\u001b', Tab: '\t', '|': '|', '/': '/', '-': '-', '~': '~' },
  ...{ Up: 'A', Down: 'B', Right: 'C', Left: 'D', Home: 'H', End: 'F' },
}
const CURSOR_KEYS: ReadonlySet<RowKey> = new Set(['Up', 'Down', 'Left', 'Right', 'Home', 'End'])

/** What a terminal does with a key that is pressed in it. */
export type KeyMeaning = 'program' | 'console' | 'copy' | 'paste' | 'search'

/** @param pastesWithCtrlV what a person chose for Ctrl+V */
export function meaningOf(event: KeyboardEvent, pastesWithCtrlV: boolean): KeyMeaning {
  const { altKey, ctrlKey, shiftKey, metaKey, key } = event
  if (altKey && OWN_KEY.test(key)) return 'console'
  if (!ctrlKey || altKey || metaKey) return 'program'
  const letter = key.toLowerCase()
  if (shiftKey && letter === 'c') return 'copy'
  if (shiftKey && letter === 'f') return 'search'
  if (letter === 'v' && (shiftKey || pastesWithCtrlV)) return 'paste'
  return 'program'
}

/** Keys that stay down until the next one, for those who cannot hold two at once. */
export class StickyKeys {
  isCtrl = false
  isAlt = false

  /** What the program gets for a key of the row. */
  code(key: RowKey, usesApplicationCursor: boolean): string {
    const code = CODES[key]
    if (!CURSOR_KEYS.has(key)) return this.apply(code)
    const modifier = 1 + (this.isAlt ? 2 : 0) + (this.isCtrl ? 4 : 0)
    this.release()
    if (modifier > 1) return `\u001b[1;${modifier}${code}`
    return `\u001b${usesApplicationCursor ? 'O' : '['}${code}`
  }

  /** What the program gets for what was typed. */
  apply(typed: string): string {
    if (!this.isCtrl && !this.isAlt) return typed
    const controlled = this.isCtrl ? control(typed) : typed
    const sent = this.isAlt ? `\u001b${controlled}` : controlled
    this.release()
    return sent
  }

  release(): void {
    this.isCtrl = false
    this.isAlt = false
  }
}

/** Ctrl with a character, as keyboards send it. */
function control(typed: string): string {
  if (typed.length !== 1) return typed
  const code = typed.toUpperCase().charCodeAt(0)
  if (code >= 0x40 && code <= 0x5f) return String.fromCharCode(code & 0x1f)
  if (typed === ' ') return '\u0000'
  return typed === '?' ? '\u007f' : typed
}
