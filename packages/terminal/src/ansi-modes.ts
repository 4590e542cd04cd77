import { parametersOf, type Token } from './token.ts'

const MAX_MODES = 64
/** Send/receive: a terminal begins with it set, so that it does not echo by itself. */
const SET_AT_FIRST: ReadonlySet<number> = new Set([12])
/** DECSTR puts these back: keyboard lock, insert. */
const SOFT_RESET = [2, 4] as const

/** ANSI modes (SM, RM) that output has changed: insert, newline, keyboard lock … */
export class AnsiModes {
  readonly #changed = new Map<number, boolean>()

  isSet(mode: number): boolean {
    return this.#changed.get(mode) ?? SET_AT_FIRST.has(mode)
  }

  see(token: Token): void {
    if (token.kind !== 'csi' || token.prefix !== '') return
    if (token.intermediates === '!' && token.final === 'p') {
      for (const mode of SOFT_RESET) this.#changed.delete(mode)
    }
    if (token.intermediates !== '' || (token.final !== 'h' && token.final !== 'l')) return
    for (const mode of parametersOf(token)) if (mode !== undefined) this.#set(mode, token.final === 'h')
  }

  reset(): void {
    this.#changed.clear()
  }

  restore(): string {
    return [...this.#changed].map(([mode, isSet]) => `\u001b[${mode}${isSet ? 'l' : 'h'}`).join('')
  }

  apply(): string {
    return [...this.#changed].map(([mode, isSet]) => `\u001b[${mode}${isSet ? 'h' : 'l'}`).join('')
  }

  #set(mode: number, isSet: boolean): void {
    if (isSet === SET_AT_FIRST.has(mode)) this.#changed.delete(mode)
    else if (this.#changed.size < MAX_MODES) this.#changed.set(mode, isSet)
  }
}
