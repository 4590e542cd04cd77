import { type CsiToken, parametersOf, type Token } from './token.ts'

/** More modes than there are; what is beyond is not followed. */
const MAX_MODES = 256
const CURSOR = 25
/** DEC private modes that a terminal begins with set: autowrap, key repeat, cursor shown. */
const SET_AT_FIRST: ReadonlySet<number> = new Set([7, 8, 25])
/** They act once (save the cursor) and are no state; alternate screens are distinguished by their owner. */
const NO_STATE: ReadonlySet<number> = new Set([1048])
/** Every form of the alternate screen. */
export const ALTERNATE_SCREENS: ReadonlySet<number> = new Set([47, 1047, 1049])
/** What DECSTR puts back (VT510): cursor shown, and off: cursor keys, origin, left and right margins, keypad. */
const SOFT_RESET: ReadonlySet<number> = new Set([1, 6, 25, 66, 69])

/** DEC private modes that output has set and reset, and those saved by it. */
export class PrivateModes {
  readonly #changed = new Map<number, boolean>()
  readonly #saved = new Map<number, boolean>()

  isSet(mode: number): boolean {
    return this.#changed.get(mode) ?? SET_AT_FIRST.has(mode)
  }

  /** Modes that are not as a terminal begins, in the order in which they were changed. */
  get changed(): readonly number[] {
    return [...this.#changed.keys()]
  }

  see(token: Token): void {
    if (token.kind !== 'csi') return
    if (token.intermediates === '!' && token.final === 'p') return this.#softReset()
    if (token.prefix !== '?' || token.intermediates !== '') return
    if (token.final === 'h' || token.final === 'l') this.#each(token, (mode) => this.set(mode, token.final === 'h'))
    else if (token.final === 's') this.#each(token, (mode) => this.#save(mode))
    else if (token.final === 'r') this.#each(token, (mode) => this.#restore(mode))
  }

  set(mode: number, isSet: boolean): void {
    if (NO_STATE.has(mode)) return
    // There is one alternate screen, whatever showed it.
    const same = ALTERNATE_SCREENS.has(mode) ? ALTERNATE_SCREENS : [mode]
    for (const other of same) this.#changed.delete(other)
    if (isSet !== SET_AT_FIRST.has(mode) && this.#changed.size < MAX_MODES) this.#changed.set(mode, isSet)
  }

  /** RIS. Not all terminals show the cursor again. */
  reset(): void {
    const isCursorShown = this.isSet(CURSOR)
    this.#changed.clear()
    if (!isCursorShown) this.#changed.set(CURSOR, false)
    this.#saved.clear()
  }

  #each(token: CsiToken, act: (mode: number) => void): void {
    for (const mode of parametersOf(token)) if (mode !== undefined) act(mode)
  }

  #save(mode: number): void {
    if (this.#saved.size < MAX_MODES) this.#saved.set(mode, this.isSet(mode))
  }

  #restore(mode: number): void {
    const saved = this.#saved.get(mode)
    if (saved !== undefined) this.set(mode, saved)
  }

  #softReset(): void {
    for (const mode of SOFT_RESET) this.#changed.delete(mode)
  }
}
