import type { TerminalSize, TerminalSizing } from '@holdfast/protocol/shell'

/** Whose window decides how large the terminal is (shell §6): the writer's, or the smallest of all that are attached. */
export class SizingRule<Client> {
  readonly sizing: TerminalSizing
  readonly #sizes = new Map<Client, TerminalSize>()

  constructor(sizing: TerminalSizing) {
    this.sizing = sizing
  }

  /** A client's window has this size. @returns the size of the terminal from now on */
  resized(client: Client, size: TerminalSize): TerminalSize {
    if (this.sizing === 'writer') return size
    this.#sizes.set(client, size)
    return this.#smallest() ?? size
  }

  /** A client is gone. @returns the size of the terminal from now on; `undefined` where that stays as it is */
  left(client: Client): TerminalSize | undefined {
    return this.#sizes.delete(client) ? this.#smallest() : undefined
  }

  #smallest(): TerminalSize | undefined {
    if (this.#sizes.size === 0) return undefined
    const sizes = [...this.#sizes.values()]
    return {
      width: Math.min(...sizes.map(({ width }) => width)),
      height: Math.min(...sizes.map(({ height }) => height)),
    }
  }
}

/** Whether two terminals are of one size. */
export function isSameSize(one: TerminalSize, other: TerminalSize): boolean {
  return one.width === other.width && one.height === other.height
}
