import type { Decoded } from '@holdfast/contract'
import type { VariantShape } from '../shape.ts'
import type { ClientControl } from './client-control.ts'
import { jsonPayload, parseJsonPayload } from './json-payload.ts'
import type { ServerControl } from './server-control.ts'

/** A kind that this version does not know: it passes the check, and is none of the messages. */
export interface UnknownControl {
  readonly type: string
}

/** One kind of a control message. */
export type Control<Any, Type extends string> = Extract<Any, { readonly type: Type }>

/** The payload of a CTRL message. */
export function encodeControl(control: ClientControl | ServerControl): Uint8Array<ArrayBuffer> {
  return jsonPayload(control)
}

/** Reads a control message of one direction. */
export function parseControl<T>(shape: VariantShape<T, UnknownControl>, payload: Uint8Array): Decoded<T> {
  const decoded = parseJsonPayload<T | UnknownControl>('control', shape, payload)
  if (!decoded.ok) return decoded
  const { message } = decoded
  if (shape.isKnown(message)) return { ok: true, message }
  return { ok: false, issue: 'control.type: expected a known one', raw: message }
}
