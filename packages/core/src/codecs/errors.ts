import { HoldfastError } from '@holdfast/contract'

/** Every error code of the codecs for streams: what happened, and what the caller can do. */
export const CODEC_ERRORS = {
  'codec/invalid_option': 'An option of a codec has a value that is not allowed. Correct it.',
  'codec/unframeable':
    'The message cannot be framed: it has a line break in a line, or more bytes than the length field can hold. Choose another framing for such messages.',
} as const

/** A code that the codecs for streams throw. */
export type CodecErrorCode = keyof typeof CODEC_ERRORS

export function codecError(code: CodecErrorCode, text: string): HoldfastError {
  return new HoldfastError(code, text)
}
