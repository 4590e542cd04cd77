import type { WebSocketFrame } from '@holdfast/contract'

/** A frame as JSON: bytes as numbers, a text that repeats itself by its beginning, so that a flood stays small. */
export type Packed = string | { readonly bytes: readonly number[] } | { readonly unit: string; readonly count: number }

const UNIT = 16

export function pack(frame: WebSocketFrame): Packed {
  if (typeof frame !== 'string') return { bytes: [...frame] }
  const unit = frame.slice(0, UNIT)
  const count = frame.length / UNIT
  return count > 1 && Number.isInteger(count) && unit.repeat(count) === frame ? { unit, count } : frame
}

export function unpack(packed: Packed): WebSocketFrame {
  if (typeof packed === 'string') return packed
  return 'bytes' in packed ? Uint8Array.from(packed.bytes) : packed.unit.repeat(packed.count)
}
