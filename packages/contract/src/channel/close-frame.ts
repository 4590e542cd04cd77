import { HoldfastError } from '../errors.ts'

/** A close frame's reason has room for this many bytes (RFC 6455 §5.5: 125 less the code). */
const MAX_REASON_BYTES = 123

/** Whether a close frame may carry the code (RFC 6455 §7.4): 1004, 1005, 1006 and 1015 stand for what none did. */
export function isCloseCode(code: number): boolean {
  return (code >= 1000 && code < 1015 && !(code > 1003 && code < 1007)) || (code >= 3000 && code < 5000)
}

/** @throws `channel/invalid_close_code` */
export function assertCloseCode(code: number): void {
  if (Number.isInteger(code) && isCloseCode(code)) return
  const text = `A close code must be 1000-1003, 1007-1014 or 3000-4999, not ${code}.`
  throw new HoldfastError('channel/invalid_close_code', text)
}

/** The reason, cut at a character so that it fits into a close frame. */
export function fitReason(reason: string): string {
  return reason.slice(0, new TextEncoder().encodeInto(reason, new Uint8Array(MAX_REASON_BYTES)).read)
}
