import { type Codec, type Decoded, parsedJson, type WebSocketFrame } from '@holdfast/contract'
import { expected, isObject, parseWith, type Shape } from '@holdfast/contract/shape'
import { hubRefusal, hubResponse, hubTypedServerMessageKinds } from './generated/checks.ts'
import type { HubKnownClientMessage, HubKnownServerMessage, HubServerMessage } from './generated/types.ts'

/** Checks any message of a server. Hub §4. */
export const serverMessage: Shape<HubServerMessage> = (value) => {
  if (!isObject(value) || value['type'] !== undefined) return hubTypedServerMessageKinds(value)
  if (value['actions'] !== undefined) return tail('(response)', hubResponse(value))
  if (value['error'] !== undefined) return tail('(refusal)', hubRefusal(value))
  return ': expected a type, or a response with id and actions, got neither'
}

/** Checks only the outline of a message: enough for messages of a trusted server. */
const serverOutline: Shape<HubServerMessage> = (value) =>
  isObject(value) && (typeof value['type'] === 'string' || value['type'] === undefined)
    ? undefined
    : expected('object with a type', value)

/** True where the message is of a kind that this version knows, so that a `switch` over `type` narrows it. */
export function isKnownHubServerMessage(message: HubServerMessage): message is HubKnownServerMessage {
  return message.type === undefined || hubTypedServerMessageKinds.isKnown(message)
}

function tail(kind: string, issue: string | undefined): string | undefined {
  return issue === undefined ? undefined : `${kind}${issue}`
}

/** Checks one value against hub §4. Fields and kinds that are not known pass; an issue is one line without values. */
export function parseHubServerMessage(value: unknown): Decoded<HubServerMessage> {
  return parseWith('message', serverMessage, value)
}

/** The client's end: server messages in, checked; client messages out. One JSON text a frame (hub §2). */
export const hubClientCodec: Codec<HubServerMessage, HubKnownClientMessage, WebSocketFrame, WebSocketFrame> =
  /* @__PURE__ */ parsedJson(parseHubServerMessage)

/**
 * As {@link hubClientCodec} for a server that is trusted to keep hub §4: the fields of a message are not looked at,
 * only that it is an object with a `type` or none.
 */
export const hubClientTrustingCodec: Codec<HubServerMessage, HubKnownClientMessage, WebSocketFrame, WebSocketFrame> =
  /* @__PURE__ */ parsedJson((value) => parseWith('message', serverOutline, value))
