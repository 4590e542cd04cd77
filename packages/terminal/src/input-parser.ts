import type { Clock } from '@holdfast/contract'
import type { InputToken } from './input-token.ts'
import { INPUT_HOLD_MS, SEQUENCE_HOLD_MS } from './options.ts'
import { readIncomplete, readInput } from './read-input.ts'
import type { ScreenModes } from './screen-modes.ts'

/** A paste that pauses for so long was cut off, where no more than a key follows: keys are keys again. */
const PASTE_PAUSE_MS = 2_000
const KEY_BYTES = 32
/** What was passed on and may be a key alone begins nothing any more after this. */
const TORN_MS = 2_000
const ESC = 0x1b
const BRACKET = 0x5b
const PASTE_END = Uint8Array.of(0x1b, 0x5b, 0x32, 0x30, 0x31, 0x7e)
const EMPTY: Uint8Array = new Uint8Array(0)

/** What an input parser works with. */
export interface InputParserOptions {
  readonly clock: Clock
  /** What output has set: how the mouse is reported. Without it, three bytes follow `CSI M`. */
  readonly modes?: ScreenModes | undefined
}

/**
 * Reads what comes from a terminal: characters, keys under every keyboard protocol, pastes, mouse and focus reports,
 * answers. It remembers what a chunk left open, so that any cut gives the same; the bytes of its tokens are the input,
 * unchanged. A sequence that is not complete is held: call `flush()` when nothing follows within `holdMs`. What is passed on
 * then is still the beginning of its rest: a control sequence that is torn for longer is the same key, or begins the same
 * paste, and the last token has only the bytes that were not passed on.
 */
export class InputParser {
  readonly #clock: Clock
  readonly #modes: ScreenModes | undefined
  #pending: Uint8Array = EMPTY
  /** Of what is held, as much is in tokens already. */
  #passed = 0
  #isPasting = false
  #matched = 0
  #readAt = 0

  constructor({ clock, modes }: InputParserOptions) {
    this.#clock = clock
    this.#modes = modes
  }

  /** Something is held until it is complete, or flushed. */
  get isHolding(): boolean {
    return this.#pending.length > this.#passed
  }

  /** How long what is held may wait for its rest, in milliseconds. */
  get holdMs(): number {
    return this.#passed > 0 || this.#pending.length <= 2 ? INPUT_HOLD_MS : SEQUENCE_HOLD_MS
  }

  /** The tokens that this chunk completes. */
  read(chunk: Uint8Array): readonly InputToken[] {
    const pauseMs = this.#clock.now() - this.#readAt
    this.#readAt += pauseMs
    if (this.#isPasting && pauseMs > PASTE_PAUSE_MS && chunk.length <= KEY_BYTES) this.#endPaste()
    if (!this.#goesOn(chunk, pauseMs)) this.#forget()
    const tokens: InputToken[] = []
    let rest = joined(this.#pending, chunk)
    this.#pending = EMPTY
    while (rest.length > 0) {
      const taken = this.#isPasting ? this.#readPaste(rest, tokens) : this.#readToken(rest, tokens)
      if (taken === 0) {
        this.#pending = rest.slice()
        break
      }
      this.#passed = 0
      rest = rest.subarray(taken)
    }
    return tokens
  }

  /** Nothing followed: what is held is passed on as what it is, an Escape key for example. */
  flush(): readonly InputToken[] {
    const bytes = this.#pending.subarray(this.#passed)
    if (bytes.length === 0) return []
    const token: InputToken = this.#passed === 0 ? readIncomplete(bytes) : { kind: 'unknown', bytes }
    this.#passed = this.#pending.length
    if (!isOpenEnded(this.#pending)) this.#forget()
    return [token]
  }

  /** What was passed on may be the beginning of this. */
  #goesOn(chunk: Uint8Array, pauseMs: number): boolean {
    if (this.#passed === 0 || this.#passed > 2) return true
    return pauseMs <= TORN_MS && (this.#pending.length > 1 || chunk[0] === BRACKET)
  }

  #forget(): void {
    this.#pending = EMPTY
    this.#passed = 0
  }

  /** @returns how many bytes were read; 0: more are needed */
  #readToken(bytes: Uint8Array, tokens: InputToken[]): number {
    const reading = readInput(bytes, this.#modes?.mouseEncoding ?? 'bytes')
    if (reading === 'more') return 0
    const { token } = reading
    const fresh = token.bytes.subarray(this.#passed)
    if (fresh.length > 0) tokens.push(this.#passed === 0 ? token : { ...token, bytes: fresh })
    if (reading.startsPaste === true) this.#isPasting = true
    return token.bytes.length
  }

  #readPaste(bytes: Uint8Array, tokens: InputToken[]): number {
    for (const [at, byte] of bytes.entries()) {
      if (byte === PASTE_END[this.#matched]) this.#matched += 1
      else this.#matched = byte === PASTE_END[0] ? 1 : 0
      if (this.#matched < PASTE_END.length) continue
      this.#endPaste()
      tokens.push({ kind: 'paste', bytes: bytes.subarray(0, at + 1) })
      return at + 1
    }
    tokens.push({ kind: 'paste', bytes })
    return bytes.length
  }

  #endPaste(): void {
    this.#isPasting = false
    this.#matched = 0
  }
}

/** An Escape or a control sequence: nothing but its rest can follow it, if it was torn. */
function isOpenEnded(bytes: Uint8Array): boolean {
  return bytes[0] === ESC && (bytes.length === 1 || bytes[1] === BRACKET)
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}
