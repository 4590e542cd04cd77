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
 * How long an Escape, or Alt with a key that may also begin a sequence, may wait for a rest, in milliseconds. A terminal
 * writes one at once; a person who presses Escape does not notice it.
 */
export const INPUT_HOLD_MS = 20

/**
 * How long a sequence may wait for its rest that no key alone can have begun, in milliseconds: connections on the way, such
 * as ssh over a slow link, tear them.
 */
export const SEQUENCE_HOLD_MS = 500

/** When typed input is shown before its echo: on slow connections, always, never. */
export type PredictionMode = 'auto' | 'always' | 'never'

/** The numbers of an echo prediction. */
export interface PredictionNumbers {
  readonly mode: PredictionMode
  /** From this round trip on people notice that an echo is late, in milliseconds. */
  readonly slowMs: number
  /** Below it, echoes are quick again: a gap to `slowMs`, so that a connection in between does not flicker. */
  readonly quickMs: number
  /** What waits for so long is shown on any connection. */
  readonly lateMs: number
  /** The program had the input for so long and echoed nothing: it will not. */
  readonly graceMs: number
}

export const DEFAULT_PREDICTION: PredictionNumbers = {
  mode: 'auto',
  slowMs: 60,
  quickMs: 40,
  lateMs: 250,
  graceMs: 50,
}
