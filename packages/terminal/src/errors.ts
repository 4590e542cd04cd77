import { HoldfastError } from '@holdfast/contract'

/** One row of the error table: what it means and what the caller can do. */
export interface ErrorRow {
  readonly sentence: string
  readonly action: string
}

/** The codes that this package throws. */
export type TerminalErrorCode = 'terminal/bad_key'

/** What each code means and what the caller can do. */
export const TERMINAL_ERRORS: Readonly<Record<TerminalErrorCode, ErrorRow>> = {
  'terminal/bad_key': {
    sentence: 'The name of a key is not known.',
    action: 'Write ctrl- and a letter, or one of @[\\]^_.',
  },
}

/** Thrown by this package. */
export class TerminalError extends HoldfastError {
  override readonly name = 'TerminalError'
  declare readonly code: TerminalErrorCode

  constructor(code: TerminalErrorCode, message: string) {
    super(code, message)
  }
}
