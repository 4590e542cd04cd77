import type { Decoded } from '@holdfast/contract'
import { clientControl, serverControl } from './generated/checks.ts'
import type { ClientControl, ServerControl } from './generated/types.ts'
import { jsonPayload, parseJsonPayload } from './json-payload.ts'

/** The payload of a CTRL message. */
export function encodeControl(control: ClientControl | ServerControl): Uint8Array<ArrayBuffer> {
  return jsonPayload(control)
}

/** Reads what a client said on CTRL. Never throws. */
export function decodeClientControl(payload: Uint8Array): Decoded<ClientControl> {
  return parseJsonPayload('control', clientControl, payload)
}

/** Reads what the server said on CTRL. A `type` this version does not know is an issue that a client skips. */
export function decodeServerControl(payload: Uint8Array): Decoded<ServerControl> {
  return parseJsonPayload('control', serverControl, payload)
}
