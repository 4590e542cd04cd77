import type { Token } from './token.ts'

/** Which of G0 … G3 a designating escape fills; 94 and 96 characters. */
const SLOTS: ReadonlyMap<string, number> = new Map([
  ['(', 0],
  [')', 1],
  ['*', 2],
  ['+', 3],
  ['-', 1],
  ['.', 2],
  ['/', 3],
])
const DESIGNATORS = ['(', ')', '*', '+'] as const
/** Locking shifts: into the left half, and into the right. */
const LEFT: ReadonlyMap<string, number> = new Map([
  ['n', 2],
  ['o', 3],
])
const RIGHT: ReadonlyMap<string, number> = new Map([
  ['~', 1],
  ['}', 2],
  ['|', 3],
])
const RIGHT_AT_FIRST = 2

/** What a saved cursor holds of them. */
export interface SavedCharacterSets {
  readonly designated: ReadonlyMap<number, string>
  readonly left: number
  readonly right: number
}

/** The character sets in force, as reports of terminals name them. */
export interface CharacterSetsInForce {
  /** The final characters that designated G0 to G3. */
  readonly designated: readonly string[]
  /** Which of them left and right half of the characters are taken from. */
  readonly left: number
  readonly right: number
}

/** Character sets: what was designated, which of them is in force, and whether UTF-8 was left. */
export class CharacterSets {
  readonly #designated = new Map<number, string>()
  #left = 0
  #right = RIGHT_AT_FIRST
  #isUtf8 = true

  /** Typed and shown characters are the same: ASCII is in force. */
  get isPlain(): boolean {
    return this.#left === 0 && !this.#designated.has(0) && this.#isUtf8
  }

  get inForce(): CharacterSetsInForce {
    const designated = DESIGNATORS.map((_, slot) => this.#designated.get(slot)?.at(-1) ?? 'B')
    return { designated, left: this.#left, right: this.#right }
  }

  see(token: Token): void {
    if (token.kind === 'control') {
      if (token.code === 0x0e) this.#left = 1
      else if (token.code === 0x0f) this.#left = 0
    } else if (token.kind === 'escape') this.#escape(token.intermediates, token.final)
    else if (token.kind === 'csi' && token.intermediates === '!' && token.final === 'p') this.#forget()
  }

  reset(): void {
    this.#forget()
    this.#isUtf8 = true
  }

  /** What DECSC saves. */
  save(): SavedCharacterSets {
    return { designated: new Map(this.#designated), left: this.#left, right: this.#right }
  }

  /** DECRC. Some terminals bring back all of it, others only some: what is changed in either is taken for changed. */
  load({ designated, left, right }: SavedCharacterSets): void {
    for (const [slot, set] of designated) this.#designated.set(slot, set)
    if (left !== 0) this.#left = left
    if (right !== RIGHT_AT_FIRST) this.#right = right
  }

  restore(): string {
    return `${this.#isUtf8 ? '' : '\u001b%G'}${restoreSets(this.save())}`
  }

  apply(): string {
    const sets = [...this.#designated.values()]
    const left = ['', '\u000e', '\u001bn', '\u001bo'][this.#left] ?? ''
    const right = ['', '\u001b~', '', '\u001b|'][this.#right] ?? ''
    return `${this.#isUtf8 ? '' : '\u001b%@'}${sets.join('')}${left}${right}`
  }

  #escape(intermediates: string, final: string): void {
    if (intermediates === '') {
      this.#left = LEFT.get(final) ?? this.#left
      this.#right = RIGHT.get(final) ?? this.#right
    } else if (intermediates === '%') this.#isUtf8 = final !== '@'
    else this.#designate(intermediates, final)
  }

  #designate(intermediates: string, final: string): void {
    const slot = SLOTS.get(intermediates.charAt(0))
    if (slot === undefined || intermediates.length > 3) return
    if (`${intermediates}${final}`.slice(1) === 'B' && '()*+'.includes(intermediates.charAt(0))) {
      this.#designated.delete(slot)
    } else this.#designated.set(slot, `\u001b${intermediates}${final}`)
  }

  #forget(): void {
    this.#designated.clear()
    this.#left = 0
    this.#right = RIGHT_AT_FIRST
  }
}

/** The bytes that put back what was designated and shifted to. */
export function restoreSets({ designated, left, right }: SavedCharacterSets): string {
  const sets = [...designated.keys()].map((slot) => `\u001b${DESIGNATORS[slot]}B`)
  return `${sets.join('')}${left === 0 ? '' : '\u000f'}${right === RIGHT_AT_FIRST ? '' : '\u001b}'}`
}
