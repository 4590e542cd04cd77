import { type ChannelErrorCode, type ErrorDetails, HoldfastError } from '@holdfast/contract'

/** A code that this package throws or reports. */
export type TransportBrowserErrorCode = ChannelErrorCode | 'channel/reader_too_slow'

/** What this package throws or reports beside `CHANNEL_ERRORS`: what it means, and what the caller can do. */
export const TRANSPORT_BROWSER_ERRORS: Readonly<
  Record<Exclude<TransportBrowserErrorCode, ChannelErrorCode>, { readonly sentence: string; readonly action: string }>
> = {
  'channel/reader_too_slow': {
    sentence: 'More than maxHeldBytes waited while the channel was paused or not started.',
    action: 'Read faster, or raise maxHeldBytes. What was held is still delivered.',
  },
}

/** An error of this package. The code counts; the tables explain it. */
export function errorOf(
  code: TransportBrowserErrorCode,
  message: string,
  options?: { readonly cause?: unknown; readonly details?: ErrorDetails | undefined },
): HoldfastError {
  return new HoldfastError(code, message, options)
}
