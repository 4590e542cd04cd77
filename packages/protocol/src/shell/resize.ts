import type { Decoded } from '@holdfast/contract'
import { count, expected, fits, object, type Shape } from '../shape.ts'
import { jsonPayload, parseJsonPayload } from './json-payload.ts'

/** The size of a terminal in character cells, each from 1 to 65535. */
export interface TerminalSize {
  readonly width: number
  readonly height: number
}

const cells: Shape<number> = (value) =>
  fits(count, value) && value >= 1 && value <= 65_535 ? undefined : expected('integer from 1 to 65535', value)

/** A terminal's size with the wire's own spelling. */
export const terminalSize: Shape<TerminalSize> = object<TerminalSize>({ width: cells, height: cells })
const capitalized = object<{ readonly Width: number; readonly Height: number }>({ Width: cells, Height: cells })

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
  if (fits(capitalized, raw)) return { ok: true, message: { width: raw.Width, height: raw.Height } }
  return { ok: false, issue: 'expected width and height, integers from 1 to 65535', raw }
}
