import { parametersOf, type Token } from './token.ts'

const EVERY = 8
const MAX_COLUMNS = 1_024

/** Tab stops: whether output has changed them. Where they are then is not followed. */
export class TabStops {
  #isChanged = false

  see(token: Token): void {
    if (token.kind === 'control' && token.code === 0x88) this.#isChanged = true
    else if (token.kind === 'escape' && token.intermediates === '' && token.final === 'H') this.#isChanged = true
    else if (token.kind !== 'csi' || token.intermediates !== '') return
    else if (token.prefix === '?' && token.final === 'W' && parametersOf(token)[0] === 5) this.#isChanged = false
    else if (token.prefix === '' && (token.final === 'g' || token.final === 'W')) this.#isChanged = true
  }

  reset(): void {
    this.#isChanged = false
  }

  /** Every eighth column, as a terminal begins, by hand and then by DECST8C. Moves the cursor within its line. */
  restore(columns: number): string {
    if (!this.#isChanged) return ''
    const stops = Math.floor((Math.min(columns, MAX_COLUMNS) - 1) / EVERY)
    return `\r\u001b[3g\u001bH${`\u001b[${EVERY}C\u001bH`.repeat(Math.max(stops, 0))}\u001b[?5W`
  }
}
