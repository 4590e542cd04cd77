import { parsedJson } from '@holdfast/contract'
import type { ClientProtocol } from './client-protocol.ts'

/**
 * JSON text in both directions, usable as soon as the socket is open. Liveness is the transport's: its own pings, where
 * it has them.
 */
export function jsonProtocol<In = unknown, Out = unknown>(): ClientProtocol<In, Out> {
  return { name: 'json', codec: parsedJson<In, Out>() }
}

/** For connections that name no protocol: one for all of them. */
export const JSON_PROTOCOL: ClientProtocol<unknown, unknown> = /* @__PURE__ */ jsonProtocol()
