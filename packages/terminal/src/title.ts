import { parametersOf, type Token } from './token.ts'

/** xterm keeps ten. */
const MAX_STACK = 10

/** The stack of titles (XTWINOPS 22 and 23). A title itself is put back by whoever pushed it before. */
export class Title {
  #depth = 0

  see(token: Token): void {
    if (token.kind !== 'csi' || token.prefix !== '' || token.intermediates !== '' || token.final !== 't') return
    const [operation] = parametersOf(token)
    if (operation === 22) this.#depth = Math.min(this.#depth + 1, MAX_STACK)
    else if (operation === 23) this.#depth = Math.max(this.#depth - 1, 0)
  }

  /** Drops what was pushed and not popped. */
  restore(): string {
    return '\u001b[23;0t'.repeat(this.#depth)
  }
}

/** Output that gives the window or its icon another title (OSC 0, 1, 2). */
export function setsTitle(token: Token): boolean {
  return token.kind === 'string' && token.opener === 'osc' && /^[012];/.test(token.head)
}
