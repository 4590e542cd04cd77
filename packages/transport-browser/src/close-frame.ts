import { errorOf } from './errors.ts'

/** A close frame's reason has room for this many bytes (RFC 6455 §5.5: 125 less the code). */
const MAX_REASON_BYTES = 123

/** Whether a close frame can have carried the code (RFC 6455 §7.4.1). Deno makes up 0 where the connection was lost. */
export function isTold(code: number): boolean {
  return code >= 1000 && code !== 1005 && code !== 1006 && code !== 1015
}

/**
 * The code as scripts may send it: 1000 and 3000 to 4999 (WHATWG WebSockets §3.1). The others of RFC 6455 §7.4 are
 * left out rather than replaced.
 * @throws `channel/invalid_close_code` for a code that no endpoint may send
 */
export function sendableCode(code: number | undefined): number | undefined {
  if (code === undefined || code === 1000 || (code >= 3000 && code <= 4999)) return code
  if (code > 1000 && code < 1015 && code !== 1004 && isTold(code)) return undefined
  throw errorOf('channel/invalid_close_code', `A close code must be 1000 or 3000-4999, not ${code}.`)
}

/** The reason, cut at a character so that it fits into a close frame. */
export function fitReason(reason: string): string {
  return reason.slice(0, new TextEncoder().encodeInto(reason, new Uint8Array(MAX_REASON_BYTES)).read)
}
