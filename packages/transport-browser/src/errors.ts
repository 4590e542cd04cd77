import { type ChannelErrorCode, type ErrorDetails, HoldfastError } from '@holdfast/contract'

/** An error that this package throws or reports. The code counts; `CHANNEL_ERRORS` explains it. */
export function errorOf(
  code: ChannelErrorCode,
  message: string,
  options?: { readonly cause?: unknown; readonly details?: ErrorDetails | undefined },
): HoldfastError {
  return new HoldfastError(code, message, options)
}
