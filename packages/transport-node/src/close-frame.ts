import { HoldfastError } from '@holdfast/contract'

/** A close frame's reason has room for this many bytes (RFC 6455 §5.5: 125 less the code). */
const MAX_REASON_BYTES = 123

/** @throws `channel/invalid_close_code` for a code that RFC 6455 §7.4 does not let an endpoint send. */
export function assertCloseCode(code: number): void {
  const defined = code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006
  if (Number.isInteger(code) && (defined || (code >= 3000 && code <= 4999))) return
  throw new HoldfastError(
    'channel/invalid_close_code',
    `A close code must be 1000-1003, 1007-1014 or 3000-4999, not ${code}.`,
    { details: { closeCode: code } },
  )
}

/** The reason, cut at a character so that it fits into a close frame. */
export function fitReason(reason: string): string {
  const bytes = new Uint8Array(MAX_REASON_BYTES)
  const { read } = new TextEncoder().encodeInto(reason, bytes)
  return reason.slice(0, read)
}
