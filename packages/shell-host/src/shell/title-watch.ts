import { MAX_SHELL_TITLE, shownTitle } from '@holdfast/protocol/shell'

const ESC = 0x1b
const BEL = 0x07
const OSC = 0x5d // ]
const ST = 0x5c // \
const ZERO = 0x30
const TWO = 0x32
const SEMICOLON = 0x3b
/** Four bytes a character, at most. A longer title is cut, and its end is waited for. */
const MAX_BYTES = 4 * MAX_SHELL_TITLE

/**
 * Reads the title that a program gives to its terminal, `OSC 0 ; title BEL` or `OSC 2 ; title ST` (ECMA-48 §8.3.89, xterm),
 * out of its output, however that is cut into pieces. All else passes by.
 */
export class TitleWatch {
  /** The last whole title; `undefined` where there was none, or an empty one. */
  text: string | undefined
  /** What was seen of a sequence: how many bytes of its beginning, then its text. */
  #step: 'none' | 'escape' | 'osc' | 'number' | 'text' | 'ending' = 'none'
  #bytes: number[] = []

  feed(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at += 1) {
      if (this.#step === 'none') {
        // A typed array's own search looks at every byte by itself.
        at = Buffer.prototype.indexOf.call(chunk, ESC, at)
        if (at < 0) return
      }
      this.#take(chunk[at] ?? 0)
    }
  }

  #take(byte: number): void {
    if (this.#step === 'text') return this.#textByte(byte)
    // The end of a string is ESC \; any other escape abandons it, and may begin the next.
    if (this.#step === 'ending' && byte === ST) return this.#ended()
    this.#step = this.#after(byte)
    if (this.#step === 'text') this.#bytes = []
  }

  #after(byte: number): 'none' | 'escape' | 'osc' | 'number' | 'text' {
    if (byte === ESC) return 'escape'
    if ((this.#step === 'escape' || this.#step === 'ending') && byte === OSC) return 'osc'
    if (this.#step === 'osc' && (byte === ZERO || byte === TWO)) return 'number'
    return this.#step === 'number' && byte === SEMICOLON ? 'text' : 'none'
  }

  #textByte(byte: number): void {
    if (byte === BEL) return this.#ended()
    if (byte === ESC) this.#step = 'ending'
    else if (this.#bytes.length < MAX_BYTES) this.#bytes.push(byte)
  }

  #ended(): void {
    const title = shownTitle(new TextDecoder().decode(Uint8Array.from(this.#bytes)))
    this.text = title === '' ? undefined : title
    this.#step = 'none'
    this.#bytes = []
  }
}
