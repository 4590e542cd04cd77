import { parsedJson } from '@holdfast/contract'
import type { ClientProtocol } from './client-protocol.ts'

/** JSON text both ways, usable as soon as the socket is open, watched as the transport does it: by its own pings, where it has some. */
export function jsonProtocol<In = unknown, Out = unknown>(): ClientProtocol<In, Out> {
  return { name: 'json', codec: parsedJson<In, Out>() }
}

/** For connections that name no protocol: one for all of them. */
export const JSON_PROTOCOL: ClientProtocol<unknown, unknown> = /* @__PURE__ */ jsonProtocol()
