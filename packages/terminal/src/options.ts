/** The bounds of a tokenizer. */
export interface TokenizerOptions {
  /** The longest control sequence that is read, in bytes; a longer one is ignored. @defaultValue 1024 */
  readonly maxSequenceBytes?: number | undefined
  /** A control string that is longer comes in parts of this many bytes. @defaultValue 65536 */
  readonly maxStringBytes?: number | undefined
}

/** xterm reads at most 30 parameters; the longest that programs write (colours of a whole palette) stay below this. */
export const DEFAULT_TOKENIZER: Readonly<Record<keyof TokenizerOptions, number>> = {
  maxSequenceBytes: 1_024,
  maxStringBytes: 65_536,
}

/**
 * How long a sequence that is not complete may wait for its rest, in milliseconds. A terminal writes one at once; a
 * person who presses Escape does not notice it.
 */
export const INPUT_HOLD_MS = 20
