import { type Token, Tokenizer } from '@holdfast/terminal'

const BACKSPACE = 0x08
const TAB = 0x09
const NEWLINE = 0x0a
const RETURN = 0x0d

/**
 * The output of a terminal as lines that anything can read: without sequences, and without what a line was overwritten with
 * character by character. It is no screen: a full-screen program is what it printed, in its order.
 */
export class PlainText {
  readonly #tokenizer = new Tokenizer()
  readonly #decoder = new TextDecoder()
  #line = ''
  #isAtStart = false

  /** The lines that these bytes complete, each with its end. */
  push(bytes: Uint8Array): string {
    let done = ''
    for (const token of this.#tokenizer.push(bytes)) done += this.#take(token)
    return done
  }

  /** The last line, where it has no end. */
  rest(): string {
    const line = this.#line
    this.#line = ''
    return line === '' ? '' : `${line}\n`
  }

  #take(token: Token): string {
    if (token.kind === 'text') this.#write(this.#decoder.decode(token.bytes, { stream: true }))
    if (token.kind !== 'control') return ''
    if (token.code === TAB) this.#write('\t')
    if (token.code === RETURN) this.#isAtStart = true
    if (token.code === BACKSPACE) this.#line = this.#line.slice(0, -1)
    if (token.code !== NEWLINE) return ''
    const line = `${this.#line}\n`
    this.#line = ''
    this.#isAtStart = false
    return line
  }

  /** What comes after a return without a new line begins the line anew: a progress bar is its last state. */
  #write(text: string): void {
    if (this.#isAtStart) this.#line = ''
    this.#isAtStart = false
    this.#line += text
  }
}
