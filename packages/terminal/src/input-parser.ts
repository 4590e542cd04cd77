import type { Clock } from '@holdfast/contract'
import type { InputToken } from './input-token.ts'
import { readIncomplete, readInput } from './read-input.ts'
import type { ScreenModes } from './screen-modes.ts'

/** A paste that pauses for so long was cut off: keys are keys again. */
const PASTE_PAUSE_MS = 2_000
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
 * unchanged. A sequence that is not complete is held: call `flush()` when nothing follows within `INPUT_HOLD_MS`.
 */
export class InputParser {
  readonly #clock: Clock
  readonly #modes: ScreenModes | undefined
  #held: Uint8Array = EMPTY
  #isPasting = false
  #matched = 0
  #readAt = 0

  constructor({ clock, modes }: InputParserOptions) {
    this.#clock = clock
    this.#modes = modes
  }

  /** Something is held until it is complete, or flushed. */
  get isHolding(): boolean {
    return this.#held.length > 0
  }

  /** Inside a bracketed paste. */
  get isPasting(): boolean {
    return this.#isPasting
  }

  /** The tokens that this chunk completes. */
  read(chunk: Uint8Array): readonly InputToken[] {
    const now = this.#clock.now()
    if (this.#isPasting && now - this.#readAt > PASTE_PAUSE_MS) this.#endPaste()
    this.#readAt = now
    const tokens: InputToken[] = []
    let rest = joined(this.#held, chunk)
    this.#held = EMPTY
    while (rest.length > 0) {
      const taken = this.#isPasting ? this.#readPaste(rest, tokens) : this.#readToken(rest, tokens)
      if (taken === 0) {
        this.#held = rest.slice()
        break
      }
      rest = rest.subarray(taken)
    }
    return tokens
  }

  /** Nothing followed: what is held is what it is, an Escape key for example. */
  flush(): readonly InputToken[] {
    if (this.#held.length === 0) return []
    const held = this.#held
    this.#held = EMPTY
    return [readIncomplete(held)]
  }

  /** @returns how many bytes were read; 0: more are needed */
  #readToken(bytes: Uint8Array, tokens: InputToken[]): number {
    const reading = readInput(bytes, this.#modes?.mouseEncoding ?? 'bytes')
    if (reading === 'more') return 0
    tokens.push(reading.token)
    if (reading.startsPaste === true) this.#isPasting = true
    return reading.token.bytes.length
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

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}
