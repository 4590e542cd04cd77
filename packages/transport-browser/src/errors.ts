import { type ChannelErrorCode, type ErrorDetails, HoldfastError } from '@holdfast/contract'
import { messageOf } from '@holdfast/contract/words'

/** An error that this package throws or reports. The code counts; `CHANNEL_ERRORS` explains it. `message`: a sentence, or what is known. */
export function errorOf(
  code: ChannelErrorCode,
  message: string | false,
  options?: { readonly cause?: unknown; readonly details?: ErrorDetails | undefined },
): HoldfastError {
  return new HoldfastError(code, messageOf(code, message), options)
}
