import { effectOf, REPORTING_MODES } from './effects.ts'
import { KeyboardModes } from './keyboard-modes.ts'
import type { TokenizerOptions } from './options.ts'
import { ALTERNATE_SCREENS } from './private-modes.ts'
import { type CsiToken, parametersOf, type StringToken, type Token } from './token.ts'
import { Tokenizer } from './tokenizer.ts'

/** Ends whatever sequence the terminal is in, without effect. */
const CAN = 0x18
const EMPTY: Uint8Array = new Uint8Array(0)
const encoder = new TextEncoder()

/** What a filter gives for a chunk. */
export interface FilteredOutput {
  /** What is to be written to the terminal. */
  readonly bytes: Uint8Array
  /** What the chunk completes, whether it is written or not: for whoever follows the output. */
  readonly tokens: readonly Token[]
}

/**
 * Between output and a terminal. While `isSilent` it lets through what paints, and nothing that asks or acts: output from
 * while nobody was there. Otherwise all of it, at once. It remembers what a chunk left open: a sequence counts for where
 * it ends. Modes that would make the terminal report are set when the silence is over. Keyboard flags that were pushed before
 * this output are not popped by a picture of the screen, which pops all that there may be.
 */
export class OutputFilter {
  readonly #tokenizer: Tokenizer
  readonly #deferred = new Map<number, boolean>()
  readonly #keyboard = new KeyboardModes()
  #isAlternate = false
  /** Of what is open, as much is with the terminal already. */
  #written = 0
  #isDropping = false

  constructor(options: TokenizerOptions = {}) {
    this.#tokenizer = new Tokenizer(options)
  }

  /** What of `chunk` goes to the terminal, and what it is made of. */
  push(chunk: Uint8Array, isSilent: boolean): FilteredOutput {
    if (isSilent) return this.#silent(chunk)
    if (this.#isDropping) return this.#afterDropping(chunk)
    const held = this.#tokenizer.pending.subarray(this.#written)
    const before = this.#endSilence()
    const tokens = this.#tokenizer.push(chunk)
    this.#written = this.#tokenizer.pendingBytes
    for (const token of tokens) this.#follow(token)
    const bytes = before.length + held.length === 0 ? chunk : joined([before, held, chunk])
    return { bytes, tokens }
  }

  /** Everything from while nobody was there has come: what a report waited for. Empty in the middle of a sequence. */
  endSilence(): Uint8Array {
    return this.#tokenizer.pendingBytes > 0 ? EMPTY : this.#endSilence()
  }

  /** The stream begins anew: what was open belongs to nothing. @returns what ends it at the terminal */
  restart(): Uint8Array {
    const isOpen = this.#written > 0
    this.#tokenizer.flush()
    this.#deferred.clear()
    this.#written = 0
    this.#isDropping = false
    return isOpen ? Uint8Array.of(CAN) : EMPTY
  }

  #silent(chunk: Uint8Array): FilteredOutput {
    const tokens = this.#tokenizer.push(chunk)
    const pieces: Uint8Array[] = []
    for (const token of tokens) {
      // What a terminal has of the token that was open. A control character inside it comes first and is no part of it.
      const isInside = token.kind === 'control' && token.bytes.length === 1 && this.#written > 0
      const written = isInside ? 0 : Math.min(this.#written, token.bytes.length)
      this.#written -= written
      const painted = this.#painted(token)
      this.#follow(token)
      if (painted === token.bytes) pieces.push(token.bytes.subarray(written))
      else if (written > 0) pieces.push(Uint8Array.of(CAN), painted)
      else pieces.push(painted)
    }
    return { bytes: joined(pieces), tokens }
  }

  /** The rest of a string whose beginning is with nobody. */
  #afterDropping(chunk: Uint8Array): FilteredOutput {
    const tokens = this.#tokenizer.push(chunk)
    const pieces: Uint8Array[] = []
    for (const token of tokens) {
      this.#follow(token)
      const isRest = this.#isDropping && token.kind === 'string'
      if (!isRest) pieces.push(this.#endSilence(), token.bytes)
      else if (token.part === 'last') this.#isDropping = false
    }
    if (!this.#isDropping) {
      pieces.push(this.#tokenizer.pending)
      this.#written = this.#tokenizer.pendingBytes
    }
    return { bytes: joined(pieces), tokens }
  }

  /** What of a token only paints: itself, nothing, or what is left of it. */
  #painted(token: Token): Uint8Array {
    if (token.kind === 'string') return this.#paintedString(token)
    if (token.kind === 'csi' && token.prefix === '?' && token.intermediates === '') {
      if (token.final === 'h' || token.final === 'l') return this.#paintedModes(token)
    }
    const pop = token.kind === 'csi' ? this.#keyboard.ownPop(token, this.#isAlternate) : undefined
    if (pop !== undefined) return encoder.encode(pop)
    return effectOf(token) === 'paint' ? token.bytes : EMPTY
  }

  /** All parts of a string go where its first one went. */
  #paintedString(token: StringToken): Uint8Array {
    if (token.part === 'whole' || token.part === 'first') this.#isDropping = effectOf(token) !== 'paint'
    const isPainted = !this.#isDropping
    if (token.part === 'whole' || token.part === 'last') this.#isDropping = false
    return isPainted ? token.bytes : EMPTY
  }

  /** Modes that make the terminal report are set later, in their last state. */
  #paintedModes(token: CsiToken): Uint8Array {
    const modes = parametersOf(token).filter((mode) => mode !== undefined)
    const now = modes.filter((mode) => !REPORTING_MODES.has(mode))
    if (now.length === modes.length) return token.bytes
    for (const mode of modes) {
      if (!REPORTING_MODES.has(mode)) continue
      this.#deferred.delete(mode)
      this.#deferred.set(mode, token.final === 'h')
    }
    return now.length === 0 ? EMPTY : encoder.encode(`\u001b[?${now.join(';')}${token.final}`)
  }

  /** Which keyboard flags output has pushed, on which screen. */
  #follow(token: Token): void {
    if (token.kind === 'escape' && token.intermediates === '' && token.final === 'c') {
      this.#isAlternate = false
      return this.#keyboard.reset()
    }
    if (token.kind !== 'csi') return
    if (token.final === 'u') return this.#keyboard.see(token, this.#isAlternate)
    if (token.prefix !== '?' || (token.final !== 'h' && token.final !== 'l')) return
    if (parametersOf(token).some((mode) => ALTERNATE_SCREENS.has(mode ?? 0))) this.#isAlternate = token.final === 'h'
  }

  #endSilence(): Uint8Array {
    if (this.#deferred.size === 0) return EMPTY
    const text = [...this.#deferred].map(([mode, isSet]) => `\u001b[?${mode}${isSet ? 'h' : 'l'}`).join('')
    this.#deferred.clear()
    return encoder.encode(text)
  }
}

/** Only what paints of one whole piece of output. */
export function withoutEffects(output: Uint8Array): Uint8Array {
  return new OutputFilter().push(output, true).bytes
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces
  if (only === undefined) return EMPTY
  if (pieces.length === 1) return only
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}
