import { HoldfastError } from '@holdfast/contract'

/** The code of an error that the chaos proxy throws. */
export type ChaosProxyErrorCode = 'chaos/invalid_option'

/** What the chaos proxy throws: what it means, and what the test can do. */
export const CHAOS_PROXY_ERRORS: Readonly<
  Record<ChaosProxyErrorCode, { readonly sentence: string; readonly action: string }>
> = {
  'chaos/invalid_option': {
    sentence: 'An option or an argument had a value that is not allowed.',
    action: 'Give a value that the message allows.',
  },
}

export function invalidOption(message: string): HoldfastError {
  return new HoldfastError('chaos/invalid_option', message)
}
