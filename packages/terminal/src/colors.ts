import { latin1, type StringToken, type Token } from './token.ts'

/** Beyond, single colours are not distinguished any more: the whole palette is reset. */
const MAX_COLORS = 256
const MAX_STACK = 10
/** Set, by number: the palette, special colours. */
const INDEXED: ReadonlyMap<number, number> = new Map([
  [4, 104],
  [5, 105],
])
const FIRST_DYNAMIC = 10
const LAST_DYNAMIC = 19

/** Colours that output has changed: palette (OSC 4), special (OSC 5), dynamic (OSC 10 … 19), and their stack. */
export class Colors {
  /** `command;index` or `command` → specification. */
  readonly #changed = new Map<string, string>()
  #isBeyond = false
  #pushed = 0
  #kittyPushed = 0

  see(token: Token): void {
    if (token.kind === 'csi' && token.intermediates === '#') {
      if (token.final === 'P') this.#pushed = Math.min(this.#pushed + 1, MAX_STACK)
      else if (token.final === 'Q') this.#pushed = Math.max(this.#pushed - 1, 0)
    }
    if (token.kind === 'string' && token.opener === 'osc' && token.part === 'whole') this.#osc(token)
  }

  reset(): void {
    this.#changed.clear()
    this.#isBeyond = false
    this.#pushed = 0
    this.#kittyPushed = 0
  }

  restore(): string {
    const popped = '\u001b[#Q'.repeat(this.#pushed) + '\u001b]30101\u001b\\'.repeat(this.#kittyPushed)
    if (this.#isBeyond) return `${popped}\u001b]104\u001b\\\u001b]105\u001b\\${this.#restoreDynamic()}`
    return `${popped}${this.#restoreIndexed(4)}${this.#restoreIndexed(5)}${this.#restoreDynamic()}`
  }

  apply(): string {
    return [...this.#changed].map(([what, color]) => `\u001b]${what};${color}\u001b\\`).join('')
  }

  #osc(token: StringToken): void {
    const [command = '', ...rest] = latin1(token.data).split(';')
    const number = Number(command)
    if (number === 30001) this.#kittyPushed = Math.min(this.#kittyPushed + 1, MAX_STACK)
    else if (number === 30101) this.#kittyPushed = Math.max(this.#kittyPushed - 1, 0)
    else if (INDEXED.has(number)) this.#setIndexed(number, rest)
    else if (number === 104 || number === 105) this.#forget(number - 100, rest)
    else if (number >= FIRST_DYNAMIC && number <= LAST_DYNAMIC) this.#setDynamic(number, rest)
    else if (number >= 100 + FIRST_DYNAMIC && number <= 100 + LAST_DYNAMIC) this.#changed.delete(`${number - 100}`)
  }

  #setIndexed(command: number, pairs: readonly string[]): void {
    for (let at = 0; at + 1 < pairs.length; at += 2) this.#set(`${command};${pairs[at]}`, pairs[at + 1] ?? '?')
  }

  #setDynamic(command: number, colors: readonly string[]): void {
    // One after the other, each for the next of them.
    for (const [at, color] of colors.entries()) if (command + at <= LAST_DYNAMIC) this.#set(`${command + at}`, color)
  }

  #set(what: string, color: string): void {
    if (color === '?' || color === '') return
    if (!/^\d+(;\d+)?$/.test(what) || color.length > 64) return
    if (this.#changed.size >= MAX_COLORS && !this.#changed.has(what)) this.#isBeyond = true
    else this.#changed.set(what, color)
  }

  #forget(command: number, indexes: readonly string[]): void {
    const all = indexes.length === 0 || indexes[0] === ''
    if (all && command === 4) this.#isBeyond = false
    for (const what of [...this.#changed.keys()]) {
      if (what.startsWith(`${command};`) && (all || indexes.includes(what.slice(2)))) this.#changed.delete(what)
    }
  }

  #restoreIndexed(command: number): string {
    const indexes = [...this.#changed.keys()].filter((what) => what.startsWith(`${command};`))
    return indexes.map((what) => `\u001b]${100 + command};${what.slice(2)}\u001b\\`).join('')
  }

  #restoreDynamic(): string {
    const commands = [...this.#changed.keys()].filter((what) => !what.includes(';'))
    return commands.map((command) => `\u001b]${100 + Number(command)}\u001b\\`).join('')
  }
}
