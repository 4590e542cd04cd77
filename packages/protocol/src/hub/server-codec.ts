import { type Codec, type Decoded, jsonText, type WebSocketFrame } from '@holdfast/contract'
import { parseWith } from '../shape.ts'
import type { HubClientMessage } from './client-messages.ts'
import { clientMessage } from './client-shapes.ts'
import type { HubServerMessage } from './server-messages.ts'

/** Checks one value against hub §2 and §3. Fields and kinds that are not known pass; an issue is one line without values. */
export function parseHubClientMessage(value: unknown): Decoded<HubClientMessage> {
  return parseWith('message', clientMessage, value)
}

/** The server's end: client messages and the bootstrap frame in, checked; server messages out. */
export const hubServerCodec: Codec<HubClientMessage, HubServerMessage, WebSocketFrame, WebSocketFrame> = jsonText({
  parse: parseHubClientMessage,
})
