import type { Decoded } from '@holdfast/contract'
import * as z from 'zod/mini'
import { jsonPayload, parseJsonPayload } from './json-payload.ts'

/** The size of a terminal in character cells, each from 1 to 65535. */
export interface TerminalSize {
  readonly width: number
  readonly height: number
}

const cells = z.int().check(z.minimum(1), z.maximum(65_535))
const lower = z.object({ width: cells, height: cells })
const upper = z.pipe(
  z.object({ Width: cells, Height: cells }),
  z.transform(({ Width, Height }) => ({ width: Width, height: Height })),
)

/** A terminal's size with the wire's own spelling. */
export const terminalSize: z.ZodMiniType<TerminalSize> = lower
const eitherSpelling: z.ZodMiniType<TerminalSize> = z.union([lower, upper])

/** True for a size that may be sent. */
export function isTerminalSize(size: TerminalSize): boolean {
  return lower.safeParse(size).success
}

/** The payload of a RESIZE message (shell §1). */
export function encodeResize(size: TerminalSize): Uint8Array<ArrayBuffer> {
  return jsonPayload({ width: size.width, height: size.height })
}

/** Reads a RESIZE payload; accepts `Width` and `Height` too. Never throws. */
export function decodeResize(payload: Uint8Array): Decoded<TerminalSize> {
  const decoded = parseJsonPayload(payload, eitherSpelling)
  if (decoded.ok) return decoded
  return { ok: false, issue: 'expected width and height, integers from 1 to 65535', raw: decoded.raw }
}
