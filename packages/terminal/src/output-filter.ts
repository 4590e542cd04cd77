import { effectOf, REPORTING_MODES } from './effects.ts'
import { KeyboardModes } from './keyboard-modes.ts'
import type { TokenizerOptions } from './options.ts'
import { ALTERNATE_SCREENS } from './private-modes.ts'
import { type CsiToken, parametersOf, type StringToken, type Token } from './token.ts'
import { Tokenizer } from './tokenizer.ts'

/** Ends whatever sequence the terminal is in, without effect. */
const CAN = 0x18
const SUB = 0x1a
const STRING_END = Uint8Array.of(0x1b, 0x5c)
const EMPTY: Uint8Array = new Uint8Array(0)
const encoder = new TextEncoder()

/** What a filter gives for a chunk. */
export interface FilteredOutput {
  /** What is to be written to the terminal. */
  readonly bytes: Uint8Array
  /** What the chunk completes, whether it is written or not: for followers of the output. */
  readonly tokens: readonly Token[]
}

/**
 * Between output and a terminal. While `isSilent` it lets through what paints, and nothing that asks or acts: output from
 * while no client was attached. Otherwise all of it, as soon as it is whole. What a chunk left open, of a sequence or of a
 * character, is held until its rest has come, in whatever chunk: a terminal shows neither of them before, a sequence counts
 * for where it ends, and a write between two chunks is one between two sequences. Only a control string longer than
 * `maxStringBytes` continues in parts, see `isAtRest`. Modes that would make the terminal report are set when the silence is
 * over. Keyboard flags that were pushed before this output are not popped by a picture of the screen, which pops all that
 * there may be.
 */
export class OutputFilter {
  readonly #tokenizer: Tokenizer
  readonly #deferred = new Map<number, boolean>()
  readonly #keyboard = new KeyboardModes()
  #isAlternate = false
  /** The beginning of a character. */
  #character: Uint8Array = EMPTY
  /** The terminal is inside a control string that comes in parts. */
  #isOpen = false
  /** The control string that comes in parts does more than paint. */
  #isActing = false
  #isDropping = false

  constructor(options: TokenizerOptions = {}) {
    this.#tokenizer = new Tokenizer(options)
  }

  /** The terminal is between two sequences: something else may be written to it. */
  get isAtRest(): boolean {
    return !this.#isOpen
  }

  /** What of `chunk` goes to the terminal, and what it is made of. */
  push(chunk: Uint8Array, isSilent: boolean): FilteredOutput {
    const isPlain = !isSilent && this.#isPlain
    const before = isSilent ? EMPTY : this.endSilence()
    const tokens = this.#tokenizer.push(chunk)
    const pieces = tokens.map((token, at) => this.#passed(token, isSilent, tokens[at + 1]))
    if (isPlain && !this.#tokenizer.isInside) return { bytes: chunk, tokens }
    return { bytes: this.#withoutCharacter(joined([before, this.#character, ...pieces])), tokens }
  }

  /** All silent output has come: what a report waited for. Empty where the terminal is not at rest. */
  endSilence(): Uint8Array {
    if (this.#isOpen || this.#deferred.size === 0) return EMPTY
    const text = [...this.#deferred].map(([mode, isSet]) => `\u001b[?${mode}${isSet ? 'h' : 'l'}`).join('')
    this.#deferred.clear()
    return encoder.encode(text)
  }

  /**
   * Something else has to be written now: a control string that the terminal is inside of ends, and the rest of it is left
   * out. @returns what ends it at the terminal, empty where it `isAtRest`
   */
  interrupt(): Uint8Array {
    if (!this.#isOpen) return EMPTY
    this.#isOpen = false
    this.#isDropping = true
    return Uint8Array.of(CAN)
  }

  /**
   * The terminal has the pending part already: another writer wrote it.
   * @returns what ends the sequence that it is in the middle of; all of it comes again when it is whole
   */
  handOver(): Uint8Array {
    this.#character = EMPTY
    return !this.#isOpen && this.#tokenizer.pendingBytes > 0 ? Uint8Array.of(CAN) : EMPTY
  }

  /** The stream begins anew: what was open belongs to nothing. @returns what ends it at the terminal */
  restart(): Uint8Array {
    const end = this.interrupt()
    this.#tokenizer.flush()
    this.#deferred.clear()
    this.#character = EMPTY
    this.#isDropping = false
    return end
  }

  /** Nothing is held, deferred or left out: a chunk that is whole goes through as it is. */
  get #isPlain(): boolean {
    return !this.#isOpen && !this.#isDropping && !this.#tokenizer.isInside && this.#deferred.size === 0
  }

  #passed(token: Token, isSilent: boolean, next: Token | undefined): Uint8Array {
    if (token.kind === 'string') return ended(token, this.#passedString(token, isSilent), next)
    // A terminal does nothing with it, but may be left inside it.
    if (token.kind === 'ignored') return isSilent ? EMPTY : Uint8Array.of(CAN)
    const bytes = isSilent ? this.#painted(token) : token.bytes
    this.#follow(token)
    return bytes
  }

  /** All parts of a string go where its first one went, but what acts only when it ends ends in silence without effect. */
  #passedString(token: StringToken, isSilent: boolean): Uint8Array {
    const isFirst = token.part === 'whole' || token.part === 'first'
    if (isFirst) this.#isActing = effectOf(token) !== 'paint'
    if (isFirst) this.#isDropping = isSilent && this.#isActing
    const end = !isFirst && isSilent && this.#isActing ? this.interrupt() : EMPTY
    const bytes = this.#isDropping ? end : token.bytes
    const goesOn = token.part === 'first' || token.part === 'middle'
    this.#isOpen = goesOn && !this.#isDropping
    this.#isDropping &&= goesOn
    return bytes
  }

  /** The beginning of a character at the end is held. */
  #withoutCharacter(bytes: Uint8Array): Uint8Array {
    const end = bytes.length - this.#tokenizer.characterBytes
    this.#character = end === bytes.length ? EMPTY : bytes.slice(end)
    return bytes.subarray(0, end)
  }

  /** What of a token only paints: itself, nothing, or what is left of it. */
  #painted(token: Token): Uint8Array {
    if (token.kind === 'csi' && token.prefix === '?' && token.intermediates === '') {
      if (token.final === 'h' || token.final === 'l') return this.#paintedModes(token)
    }
    const pop = token.kind === 'csi' ? this.#keyboard.ownPop(token, this.#isAlternate) : undefined
    if (pop !== undefined) return encoder.encode(pop)
    return effectOf(token) === 'paint' ? token.bytes : EMPTY
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
}

/** A string that the next sequence ends: in its own right here, for what comes next may be something else. */
function ended(token: StringToken, passed: Uint8Array, next: Token | undefined): Uint8Array {
  const isWhole = token.data.byteOffset + token.data.length < token.bytes.byteOffset + token.bytes.length
  const isEnd = token.part === 'whole' || token.part === 'last'
  const isCancelled = next?.kind === 'control' && (next.code === CAN || next.code === SUB)
  return passed !== token.bytes || isWhole || !isEnd || isCancelled ? passed : joined([passed, STRING_END])
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
