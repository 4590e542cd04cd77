import type { Decoded } from '@holdfast/contract'
import { parseWith, type Shape } from '@holdfast/contract/shape'

/** Reads a JSON payload of the wire against a shape. Never throws. */
export function parseJsonPayload<T>(name: string, shape: Shape<T>, payload: Uint8Array): Decoded<T> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(payload))
  } catch {
    return { ok: false, issue: 'not valid JSON', raw: payload }
  }
  return parseWith(name, shape, value)
}

/** A value as the bytes of its JSON text. */
export function jsonPayload(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value))
}
