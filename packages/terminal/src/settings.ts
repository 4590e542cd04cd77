import { type CsiToken, latin1, parametersOf, type StringToken, sequenceText, type Token } from './token.ts'

/** What a token does to a setting: the bytes that set it again, '' for as it was at first, undefined for nothing. */
type Effect = string | undefined

interface Setting {
  readonly effect: (token: Token) => Effect
  /** Puts it back. */
  readonly restore: string
  /** DECSTR puts it back too. */
  readonly isSoft?: boolean
}

const text = (token: Token): string => sequenceText(token)

const csi =
  (prefix: string, intermediates: string, final: string, isDefault: (token: CsiToken) => boolean) =>
  (token: Token): Effect => {
    if (token.kind !== 'csi' || token.final !== final) return undefined
    if (token.prefix !== prefix || token.intermediates !== intermediates) return undefined
    return isDefault(token) ? '' : text(token)
  }

const escapeSequence =
  (intermediates: string, setting: string, putBack: string) =>
  (token: Token): Effect => {
    if (token.kind !== 'escape' || token.intermediates !== intermediates) return undefined
    return token.final === setting ? text(token) : token.final === putBack ? '' : undefined
  }

const osc =
  (command: string, isDefault: (data: string, token: StringToken) => boolean | undefined) =>
  (token: Token): Effect => {
    if (token.kind !== 'string' || token.opener !== 'osc' || !token.head.startsWith(`${command};`)) return undefined
    const isBack = isDefault(latin1(token.data).slice(command.length + 1), token)
    return isBack === undefined ? undefined : isBack ? '' : token.part === 'whole' ? text(token) : ''
  }

const first = (token: CsiToken): number => parametersOf(token)[0] ?? 0
const isEmpty = (token: CsiToken): boolean => parametersOf(token).every((value) => value === undefined || value === 0)

/** `CSI 5 i` hands output to a printer until `CSI 4 i`; everything else prints once. */
const printer =
  (prefix: string) =>
  (token: Token): Effect => {
    if (token.kind !== 'csi' || token.final !== 'i' || token.prefix !== prefix) return undefined
    const command = first(token)
    return command === 5 ? text(token) : command === 4 ? '' : undefined
  }

/** Single settings and what puts them back; the order is that in which it is put back. */
const SETTINGS: Readonly<Record<string, Setting>> = {
  printer: { effect: printer(''), restore: '\u001b[4i' },
  autoPrint: { effect: printer('?'), restore: '\u001b[?4i' },
  statusDisplay: { effect: csi('', '$', '}', isEmpty), restore: '\u001b[0$}' },
  statusLine: { effect: csi('', '$', '~', isEmpty), restore: '\u001b[0$~' },
  keypad: { effect: escapeSequence('', '=', '>'), restore: '\u001b>', isSoft: true },
  eightBitAnswers: { effect: escapeSequence(' ', 'G', 'F'), restore: '\u001b F' },
  cursorShape: { effect: csi('', ' ', 'q', isEmpty), restore: '\u001b[0 q' },
  pointerMode: { effect: csi('>', '', 'p', (token) => first(token) === 1), restore: '\u001b[>1p' },
  leds: { effect: csi('', '', 'q', isEmpty), restore: '\u001b[0q' },
  hyperlink: { effect: osc('8', (data) => /^[^;]*;$/.test(data)), restore: '\u001b]8;;\u001b\\' },
  pointerShape: { effect: osc('22', (data) => data === ''), restore: '\u001b]22;\u001b\\' },
  progress: {
    effect: osc('9', (data) => (data.startsWith('4;') ? data.startsWith('4;0') : undefined)),
    restore: '\u001b]9;4;0\u001b\\',
  },
}

/** Single settings of the terminal that output has changed. */
export class Settings {
  /** Name → the bytes that set it. */
  readonly #changed = new Map<string, string>()

  see(token: Token): void {
    if (isSoftReset(token)) return this.#softReset()
    for (const [name, { effect }] of Object.entries(SETTINGS)) {
      const bytes = effect(token)
      if (bytes === undefined) continue
      if (bytes === '') this.#changed.delete(name)
      else this.#changed.set(name, bytes)
      return
    }
  }

  reset(): void {
    this.#changed.clear()
  }

  restore(): string {
    return this.#listed((_, { restore }) => restore)
  }

  apply(): string {
    return this.#listed((name) => this.#changed.get(name) ?? '')
  }

  #listed(bytes: (name: string, setting: Setting) => string): string {
    return Object.entries(SETTINGS)
      .filter(([name]) => this.#changed.has(name))
      .map(([name, setting]) => bytes(name, setting))
      .join('')
  }

  #softReset(): void {
    for (const [name, { isSoft }] of Object.entries(SETTINGS)) if (isSoft === true) this.#changed.delete(name)
  }
}

function isSoftReset(token: Token): boolean {
  return token.kind === 'csi' && token.intermediates === '!' && token.final === 'p'
}
