import { type Codec, type Decoded, jsonText, type WebSocketFrame } from '@holdfast/contract'
import { parseWith } from '../shape.ts'
import type { HubKnownClientMessage } from './client-messages.ts'
import type { HubServerMessage } from './server-messages.ts'
import { serverMessage, serverOutline } from './server-shapes.ts'

/** Checks one value against hub §4. Fields and kinds that are not known pass; an issue is one line without values. */
export function parseHubServerMessage(value: unknown): Decoded<HubServerMessage> {
  return parseWith('message', serverMessage, value)
}

/** The client's end: server messages in, checked; client messages out. One JSON text a frame (hub §2). */
export const hubClientCodec: Codec<HubServerMessage, HubKnownClientMessage, WebSocketFrame, WebSocketFrame> = jsonText({
  parse: parseHubServerMessage,
})

/**
 * As {@link hubClientCodec} for a server that is trusted to keep hub §4: the fields of a message are not looked at,
 * only that it is an object with a `type` or none.
 */
export const hubClientTrustingCodec: Codec<HubServerMessage, HubKnownClientMessage, WebSocketFrame, WebSocketFrame> =
  jsonText({ parse: (value) => parseWith('message', serverOutline, value) })
