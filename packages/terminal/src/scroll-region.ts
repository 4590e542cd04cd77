import { sequenceText, type Token } from './token.ts'

const WHOLE = '\u001b[r'

/** The scroll region (DECSTBM). Some terminals have one, others one for each screen: both are put back. */
export class ScrollRegion {
  /** The bytes that set it; empty for the whole screen. */
  #main = ''
  #alternate = ''

  isSet(isAlternate: boolean): boolean {
    return (isAlternate ? this.#alternate : this.#main) !== ''
  }

  see(token: Token, isAlternate: boolean): void {
    if (token.kind !== 'csi') return
    const isSoftReset = token.intermediates === '!' && token.final === 'p'
    const isRegion = token.prefix === '' && token.intermediates === '' && token.final === 'r'
    if (!isSoftReset && !isRegion) return
    const bytes = isSoftReset || token.parameters === '' ? '' : sequenceText(token)
    if (isAlternate) this.#alternate = bytes
    else this.#main = bytes
  }

  reset(): void {
    this.#main = ''
    this.#alternate = ''
  }

  /** Moves the cursor. To be written while the alternate screen is shown. */
  restoreAlternate(): string {
    return this.#alternate === '' ? '' : WHOLE
  }

  /** Moves the cursor. */
  restore(): string {
    return this.#main === '' ? '' : WHOLE
  }

  applyAlternate(): string {
    return this.#alternate
  }

  apply(): string {
    return this.#main
  }
}
