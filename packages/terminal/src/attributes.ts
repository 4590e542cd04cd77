import { parametersOf, type Token } from './token.ts'

/** More than this many changes since the last reset do not add up to a sum that is worth keeping. */
const MAX_BYTES = 256

/** What a saved cursor holds of them. */
export interface SavedAttributes {
  readonly parameters: string
  readonly isProtected: boolean
}

/** How characters are written: the sum of graphic renditions (SGR) in force, and protection (DECSCA). */
export class Attributes {
  #parameters = ''
  #isProtected = false

  /** What sets the rendition in a terminal that has another; always begins with a reset. */
  get rendition(): string {
    return `\u001b[0${this.#parameters === '' ? '' : `;${this.#parameters}`}m`
  }

  /** What DECSC saves. */
  save(): SavedAttributes {
    return { parameters: this.#parameters, isProtected: this.#isProtected }
  }

  /** What DECRC brings back. */
  load({ parameters, isProtected }: SavedAttributes): void {
    this.#parameters = parameters
    this.#isProtected = isProtected
  }

  see(token: Token): void {
    if (token.kind !== 'csi' || token.prefix !== '') return
    const kind = `${token.intermediates}${token.final}`
    if (kind === '!p') this.reset()
    else if (kind === '"q') this.#isProtected = parametersOf(token)[0] === 1
    else if (kind === 'm') this.#add(token.parameters, parametersOf(token))
  }

  reset(): void {
    this.#parameters = ''
    this.#isProtected = false
  }

  restore(): string {
    return restoreAttributes(this.save())
  }

  apply(): string {
    const rendition = this.#parameters === '' ? '' : this.rendition
    return `${rendition}${this.#isProtected ? '\u001b[1"q' : ''}`
  }

  #add(parameters: string, values: readonly (number | undefined)[]): void {
    const isReset = (value: number | undefined): boolean => value === undefined || value === 0
    if (values.every(isReset)) {
      this.#parameters = ''
      return
    }
    // A reset in front forgets what was before. Elsewhere a 0 may be a part of a colour, and is kept as written.
    const starts = isReset(values[0])
    const added = starts ? parameters.replace(/^0*;/, '') : parameters
    const sum = starts || this.#parameters === '' ? added : `${this.#parameters};${added}`
    this.#parameters = sum.length > MAX_BYTES ? added : sum
  }
}

/** The bytes that put back how characters are written. */
export function restoreAttributes({ parameters, isProtected }: SavedAttributes): string {
  return `${parameters === '' ? '' : '\u001b[0m'}${isProtected ? '\u001b[0"q' : ''}`
}
