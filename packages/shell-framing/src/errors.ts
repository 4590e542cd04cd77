/** One row of the error table: what it means and what the caller can do. */
export interface ErrorRow {
  readonly sentence: string
  readonly action: string
}

/** The codes that this package throws. */
export type ShellFramingErrorCode = 'framing/frame_too_large' | 'framing/bad_frame_limit'

/** What each code means and what the caller can do. */
export const SHELL_FRAMING_ERRORS: Readonly<Record<ShellFramingErrorCode, ErrorRow>> = {
  'framing/frame_too_large': {
    sentence: 'The payload does not fit into one message of the shell protocol.',
    action: 'Use encodeFrames(), which splits it.',
  },
  'framing/bad_frame_limit': {
    sentence: 'A message limit must leave room for the channel byte and at least one byte of payload.',
    action: 'Give an integer from 2 to 65536.',
  },
}
