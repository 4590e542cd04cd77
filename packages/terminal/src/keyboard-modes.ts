import { type CsiToken, parametersOf, type Token } from './token.ts'

/** Terminals keep at least this many; what was pushed before drops out (kitty keyboard protocol). */
const MAX_STACK = 32

/** The kitty keyboard flags of one screen: a stack, and the flags in force. */
class KittyStack {
  readonly #below: number[] = []
  flags = 0

  get depth(): number {
    return this.#below.length
  }

  push(flags: number): void {
    this.#below.push(this.flags)
    if (this.#below.length > MAX_STACK) this.#below.shift()
    this.flags = flags
  }

  pop(count: number): void {
    // Popping what is not there takes all flags (kitty keyboard protocol).
    for (let left = Math.min(count, MAX_STACK + 1); left > 0; left -= 1) this.flags = this.#below.pop() ?? 0
  }

  set(flags: number, mode: number): void {
    if (mode === 2) this.flags |= flags
    else if (mode === 3) this.flags &= ~flags
    else this.flags = flags
  }

  clear(): void {
    this.#below.length = 0
    this.flags = 0
  }

  /** What empties it: everything that was pushed, then flags that were set without a push. */
  restore(): string {
    const base = this.#below[0] ?? this.flags
    const popped = this.depth > 0 ? `\u001b[<${this.depth}u` : ''
    return base === 0 ? popped : `${popped}\u001b[=0u`
  }

  /** What makes a terminal's empty stack this one. */
  apply(): string {
    const [base = 0, ...above] = [...this.#below, this.flags]
    const pushed = above.map((flags) => `\u001b[>${flags}u`).join('')
    return base === 0 ? pushed : `\u001b[=${base}u${pushed}`
  }
}

/**
 * How keys are reported: kitty's keyboard protocol (a stack for each screen), xterm's XTMODKEYS (modifyOtherKeys among
 * them) and XTFMTKEYS. win32-input-mode is a private mode.
 */
export class KeyboardModes {
  readonly #main = new KittyStack()
  readonly #alternate = new KittyStack()
  readonly #modified = new Map<number, number | undefined>()
  readonly #formatted = new Map<number, number | undefined>()

  flags(isAlternate: boolean): number {
    return this.#stack(isAlternate).flags
  }

  /** xterm's modifyOtherKeys: 0 is off. */
  get modifyOtherKeys(): number {
    return this.#modified.get(4) ?? 0
  }

  see(token: Token, isAlternate: boolean): void {
    if (token.kind !== 'csi' || token.intermediates !== '') return
    if (token.final === 'u') this.#kitty(token, this.#stack(isAlternate))
    else if (token.prefix !== '>') return
    else if (token.final === 'm') change(this.#modified, token)
    else if (token.final === 'f') change(this.#formatted, token)
    else if (token.final === 'n') this.#modified.set(parametersOf(token)[0] ?? 2, undefined)
  }

  /**
   * A pop of kitty's flags that takes no more than output has pushed: itself, undefined, where there is as much; else what
   * empties the stack. What lies below belongs to the terminal's user before.
   */
  ownPop(token: CsiToken, isAlternate: boolean): string | undefined {
    const stack = this.#stack(isAlternate)
    const isBeyond = token.final === 'u' && token.prefix === '<' && (parametersOf(token)[0] ?? 1) > stack.depth
    return isBeyond && token.intermediates === '' ? stack.restore() : undefined
  }

  reset(): void {
    this.#main.clear()
    this.#alternate.clear()
    this.#modified.clear()
    this.#formatted.clear()
  }

  /** To be written while the alternate screen is shown. */
  restoreAlternate(): string {
    return this.#alternate.restore()
  }

  restore(): string {
    const resources = [...this.#modified.keys()].map((resource) => `\u001b[>${resource}m`)
    const formats = [...this.#formatted.keys()].map((resource) => `\u001b[>${resource}f`)
    return [this.#main.restore(), ...resources, ...formats].join('')
  }

  applyAlternate(): string {
    return this.#alternate.apply()
  }

  apply(): string {
    const resources = [...this.#modified].map(([resource, value]) =>
      value === undefined ? `\u001b[>${resource}n` : `\u001b[>${resource};${value}m`,
    )
    const formats = [...this.#formatted].map(([resource, value]) => `\u001b[>${resource};${value ?? 0}f`)
    return [this.#main.apply(), ...resources, ...formats].join('')
  }

  #kitty(token: CsiToken, stack: KittyStack): void {
    const [first, second] = parametersOf(token)
    if (token.prefix === '>') stack.push(first ?? 0)
    else if (token.prefix === '<') stack.pop(first ?? 1)
    else if (token.prefix === '=') stack.set(first ?? 0, second ?? 1)
  }

  #stack(isAlternate: boolean): KittyStack {
    return isAlternate ? this.#alternate : this.#main
  }
}

/** `CSI > resource ; value m`: without a value it is put back, without a resource all of them are. */
function change(resources: Map<number, number | undefined>, token: CsiToken): void {
  const [resource, value] = parametersOf(token)
  if (resource === undefined) resources.clear()
  else if (value === undefined) resources.delete(resource)
  else if (resources.has(resource) || resources.size < MAX_STACK) resources.set(resource, value)
}
