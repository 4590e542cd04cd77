import { type Codec, type Decoded, parsedJson, type WebSocketFrame } from '@holdfast/contract'
import { isObject, parseWith, type Shape } from '@holdfast/contract/shape'
import { hubBootstrapFrame, hubTypedClientMessageKinds } from './generated/checks.ts'
import type { HubClientMessage, HubKnownClientMessage, HubServerMessage } from './generated/types.ts'

/** Checks any message of a client. Hub §2, §3. */
export const clientMessage: Shape<HubClientMessage> = (value) => {
  if (!isObject(value) || value['type'] !== undefined) return hubTypedClientMessageKinds(value)
  if (value['authorization'] === undefined && value['org_id'] === undefined) return ': expected a type, got none'
  const issue = hubBootstrapFrame(value)
  return issue === undefined ? undefined : `(bootstrap)${issue}`
}

/** True where the message is of a kind that this version knows, so that a `switch` over `type` narrows it. */
export function isKnownHubClientMessage(message: HubClientMessage): message is HubKnownClientMessage {
  return message.type === undefined || hubTypedClientMessageKinds.isKnown(message)
}

/** Checks one value against hub §2 and §3. Fields and kinds that are not known pass; an issue is one line without values. */
export function parseHubClientMessage(value: unknown): Decoded<HubClientMessage> {
  return parseWith('message', clientMessage, value)
}

/** The server's end: client messages and the bootstrap frame in, checked; server messages out. */
export const hubServerCodec: Codec<HubClientMessage, HubServerMessage, WebSocketFrame, WebSocketFrame> =
  /* @__PURE__ */ parsedJson(parseHubClientMessage)
