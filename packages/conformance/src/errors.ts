import { HoldfastError } from '@holdfast/contract'

/** The code of an error that this package throws. */
export type ConformanceErrorCode = 'conformance/invalid_option' | 'conformance/unreachable'

/** What this package throws: what it means, and what to do. */
export const CONFORMANCE_ERRORS: Readonly<
  Record<ConformanceErrorCode, { readonly sentence: string; readonly action: string }>
> = {
  'conformance/invalid_option': {
    sentence: 'An option or an argument had a value that is not allowed.',
    action: 'Give a value that the message allows.',
  },
  'conformance/unreachable': {
    sentence: 'What is to be checked could not be reached, or refused before anything could be checked.',
    action: 'Start it, or give the address, the wire and the credential that it expects.',
  },
}

export function invalidOption(message: string): HoldfastError {
  return new HoldfastError('conformance/invalid_option', message)
}

export function unreachable(message: string, cause?: unknown): HoldfastError {
  return new HoldfastError('conformance/unreachable', message, cause === undefined ? {} : { cause })
}
