import type { Decoded } from '@holdfast/contract'
import { fits, isObject } from '@holdfast/contract/shape'
import { terminalSize } from './generated/checks.ts'
import type { TerminalSize } from './generated/types.ts'
import { jsonPayload, parseJsonPayload } from './json-payload.ts'

/** True for a size that may be sent. */
export function isTerminalSize(size: TerminalSize): boolean {
  return fits(terminalSize, size)
}

/** The payload of a RESIZE message (shell §1). */
export function encodeResize(size: TerminalSize): Uint8Array<ArrayBuffer> {
  return jsonPayload({ width: size.width, height: size.height })
}

/** Reads a RESIZE payload; accepts `Width` and `Height` too. Never throws. */
export function decodeResize(payload: Uint8Array): Decoded<TerminalSize> {
  const decoded = parseJsonPayload('resize', terminalSize, payload)
  if (decoded.ok) return decoded
  const { raw } = decoded
  const capitalized = isObject(raw) ? { width: raw['Width'], height: raw['Height'] } : undefined
  if (fits(terminalSize, capitalized)) return { ok: true, message: capitalized }
  return { ok: false, issue: 'expected width and height, integers from 1 to 65535', raw }
}
