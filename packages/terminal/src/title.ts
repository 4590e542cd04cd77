import { type CsiToken, parametersOf, type StringToken, type Token } from './token.ts'

/** xterm keeps ten. */
const MAX_STACK = 10
/** Titles are cut after so many characters; a character takes four bytes at most. */
const MAX_TITLE = 1_024
const ST = '\u001b\\'

type Part = 'icon' | 'window'
/** Which parts OSC 0, 1 and 2, and the second parameter of XTWINOPS 22 and 23 mean. */
const PARTS: Readonly<Record<string, readonly Part[]>> = { 0: ['icon', 'window'], 1: ['icon'], 2: ['window'] }
const NUMBERS: Readonly<Record<Part, number>> = { icon: 1, window: 2 }

/** Titles by part; undefined: as it was before all output, which only the terminal knows. */
type Titles = ReadonlyMap<Part, string | undefined>

/** The titles of window and icon, and the stack of titles that were put aside (XTWINOPS 22 and 23). */
export class Title {
  #now: Titles = new Map()
  /** What was put aside, the newest last; a terminal may keep one stack for both parts, or two. */
  #stack: readonly Titles[] = []

  see(token: Token): void {
    if (setsTitle(token)) return this.#set(token)
    if (token.kind !== 'csi' || token.prefix !== '' || token.intermediates !== '' || token.final !== 't') return
    const [operation] = parametersOf(token)
    if (operation === 22) this.#push(partsOf(token))
    else if (operation === 23) this.#pop(partsOf(token))
  }

  /** Drops what was pushed and not popped. A title itself is restored by the program that pushed it before. */
  restore(): string {
    return [...this.#stack]
      .reverse()
      .map((titles) => `\u001b[23;${numberOf(titles)}t`)
      .join('')
  }

  /** Nothing is put aside any more. @returns what drops it */
  drop(): string {
    const dropped = this.restore()
    this.#stack = []
    return dropped
  }

  /** Gives the titles again, and pushes again what was pushed. */
  apply(): string {
    let shown: Titles = new Map()
    const steps = this.#stack.map((titles) => {
      const step = `${given(titles, shown)}\u001b[22;${numberOf(titles)}t`
      shown = new Map([...shown, ...titles])
      return step
    })
    return `${steps.join('')}${given(this.#now, shown)}`
  }

  #set(token: StringToken): void {
    if (token.part !== 'whole' && token.part !== 'first') return
    const text = new TextDecoder().decode(token.data.subarray(2, 4 * MAX_TITLE))
    const title = text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '').slice(0, MAX_TITLE)
    this.#now = new Map([...this.#now, ...(PARTS[token.head[0] ?? ''] ?? []).map((part) => [part, title] as const)])
  }

  #push(parts: readonly Part[]): void {
    const titles = new Map(parts.map((part) => [part, this.#now.get(part)] as const))
    this.#stack = [...this.#stack, titles].slice(-MAX_STACK)
  }

  #pop(parts: readonly Part[]): void {
    for (const part of parts) {
      const newest = this.#stack.filter((titles) => titles.has(part)).at(-1)
      if (newest === undefined) continue
      this.#now = new Map([...this.#now, [part, newest.get(part)]])
      const rest = new Map([...newest].filter(([other]) => other !== part))
      this.#stack = this.#stack.map((titles) => (titles === newest ? rest : titles)).filter(({ size }) => size > 0)
    }
  }
}

/** Output that gives the window or its icon another title (OSC 0, 1, 2). */
export function setsTitle(token: Token): token is StringToken {
  return token.kind === 'string' && token.opener === 'osc' && /^[012];/.test(token.head)
}

function partsOf(token: CsiToken): readonly Part[] {
  return PARTS[parametersOf(token)[1] ?? 0] ?? []
}

function numberOf(titles: Titles): number {
  return titles.size === 2 ? 0 : NUMBERS[titles.has('icon') ? 'icon' : 'window']
}

/** The output that gives these titles, where others are shown. */
function given(titles: Titles, shown: Titles): string {
  return [...titles]
    .filter(([part, text]) => text !== shown.get(part))
    .map(([part, text = '']) => `\u001b]${NUMBERS[part]};${text}${ST}`)
    .join('')
}
