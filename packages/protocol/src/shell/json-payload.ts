import type { Decoded } from '@holdfast/contract'
import * as z from 'zod/mini'

/** Reads a JSON payload of the wire against a schema. Never throws. */
export function parseJsonPayload<T>(payload: Uint8Array, schema: z.ZodMiniType<T>): Decoded<T> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(payload))
  } catch {
    return { ok: false, issue: 'not valid JSON', raw: payload }
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return { ok: true, message: parsed.data }
  const [first] = parsed.error.issues
  const path = first === undefined || first.path.length === 0 ? 'message' : first.path.map(String).join('.')
  return { ok: false, issue: `${path}: ${first?.message ?? 'invalid'}`, raw: value }
}

/** A value as the bytes of its JSON text. */
export function jsonPayload(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value))
}

/** A byte offset or count: a non-negative integer that JavaScript holds exactly. */
export const offset: z.ZodMiniNumber<number> = z.int().check(z.minimum(0))
