import type { Decoded } from '@holdfast/contract'
import { clientControl, serverControl } from './generated/checks.ts'
import type { ClientControl, ServerControl } from './generated/types.ts'
import { jsonPayload, parseJsonPayload } from './json-payload.ts'

/** The payload of a CTRL message. */
export function encodeControl(control: ClientControl | ServerControl): Uint8Array<ArrayBuffer> {
  return jsonPayload(control)
}

/** Decodes a client's message on CTRL. Never throws. */
export function decodeClientControl(payload: Uint8Array): Decoded<ClientControl> {
  return parseJsonPayload('control', clientControl, payload)
}

/** Decodes a server's message on CTRL. An unknown `type` is an issue that a client skips. */
export function decodeServerControl(payload: Uint8Array): Decoded<ServerControl> {
  return parseJsonPayload('control', serverControl, payload)
}
