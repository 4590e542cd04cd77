import { type Attributes, restoreAttributes, type SavedAttributes } from './attributes.ts'
import { type CharacterSets, restoreSets, type SavedCharacterSets } from './character-sets.ts'
import { type CsiToken, parametersOf, type Token } from './token.ts'

const BRACKETED_PASTE = 2004

interface Saved {
  readonly charsets: SavedCharacterSets
  readonly attributes: SavedAttributes
}

/** What is saved with the cursor, for each screen: a program that recalls it also brings back how text looks. */
export class SavedCursor {
  readonly #charsets: CharacterSets
  readonly #attributes: Attributes
  #main: Saved | undefined
  #alternate: Saved | undefined
  /** Screens on which a program has saved the cursor and may still recall it: true is the alternate one. */
  readonly #saved = new Set<boolean>()

  constructor(charsets: CharacterSets, attributes: Attributes) {
    this.#charsets = charsets
    this.#attributes = attributes
  }

  /**
   * A program has saved the cursor on this screen and may recall it. Over when a line editor reads the next line: it turns
   * bracketed paste on.
   */
  isSaved(isAlternate: boolean): boolean {
    return this.#saved.has(isAlternate)
  }

  /** To be called before the screen is another one. */
  see(token: Token, isAlternate: boolean): void {
    if (token.kind === 'escape' && token.intermediates === '') {
      if (token.final === '7') this.save(isAlternate)
      else if (token.final === '8') this.restore(isAlternate)
    } else if (token.kind === 'csi' && token.intermediates === '') this.#csi(token, isAlternate)
  }

  save(isAlternate: boolean): void {
    const saved = { charsets: this.#charsets.save(), attributes: this.#attributes.save() }
    if (isAlternate) this.#alternate = saved
    else this.#main = saved
    this.#saved.add(isAlternate)
  }

  restore(isAlternate: boolean): void {
    const saved = isAlternate ? this.#alternate : this.#main
    if (saved === undefined) return
    this.#charsets.load(saved.charsets)
    this.#attributes.load(saved.attributes)
  }

  /** What puts back the looks that leaving the alternate screen brings. */
  restoreMain(): string {
    if (this.#main === undefined) return ''
    return `${restoreAttributes(this.#main.attributes)}${restoreSets(this.#main.charsets)}`
  }

  reset(): void {
    this.#main = undefined
    this.#alternate = undefined
    this.#saved.clear()
  }

  #csi(token: CsiToken, isAlternate: boolean): void {
    const { prefix, parameters, final } = token
    if (prefix === '' && final === 's' && parameters === '') return this.save(isAlternate)
    if (prefix === '' && final === 'u') return this.restore(isAlternate)
    if (prefix !== '?') return
    const modes = parametersOf(token)
    if (final === 'h' && modes.includes(BRACKETED_PASTE)) this.#saved.delete(isAlternate)
    if (modes.includes(1049)) this.#saved.clear()
    const saves = modes.includes(1048) || modes.includes(1049)
    if (final === 'h' && saves) this.save(isAlternate)
    // Leaving the alternate screen brings back what was saved when it was entered.
    else if (final === 'l' && saves) this.restore(isAlternate && !modes.includes(1049))
  }
}
