import {
  anything,
  array,
  count,
  expected,
  fields,
  isObject,
  literal,
  maybeText,
  number,
  object,
  type Shape,
  text,
  type VariantShape,
  variants,
} from '../shape.ts'
import type {
  HubAckMessage,
  HubAuthRenewMessage,
  HubBootstrapFrame,
  HubBootstrapReadyMessage,
  HubClientMessage,
  HubCommandRequest,
  HubEventRequest,
  HubHistoryRequest,
  HubKnownClientMessage,
  HubPingMessage,
  HubRpcCommandMessage,
  HubRpcUiResponseMessage,
  HubSessionEntryMessage,
  HubSessionWriteMessage,
  HubSubscribeMessage,
  HubToolRequest,
  HubTypedClientMessage,
} from './client-messages.ts'
import type { HubUnknownMessage } from './server-messages.ts'

const mid = maybeText

const typed: VariantShape<HubTypedClientMessage, HubUnknownMessage> = variants<
  HubTypedClientMessage,
  HubUnknownMessage,
  'type'
>('type', {
  event: object<HubEventRequest>({ type: literal('event'), id: text, event: text, data: fields, mid }),
  tool: object<HubToolRequest>({
    type: literal('tool'),
    id: text,
    name: text,
    toolCallId: text,
    params: fields,
    mid,
  }),
  command: object<HubCommandRequest>({ type: literal('command'), id: text, name: text, args: text, mid }),
  session_entry: object<HubSessionEntryMessage>({ type: literal('session_entry'), path: text, line: text, mid }),
  session_write: object<HubSessionWriteMessage>({ type: literal('session_write'), path: text, content: text, mid }),
  bootstrap_ready: object<HubBootstrapReadyMessage>({ type: literal('bootstrap_ready'), mid }),
  subscribe: object<HubSubscribeMessage>({ type: literal('subscribe'), patterns: array(text), mid }),
  rpc_command: object<HubRpcCommandMessage>({ type: literal('rpc_command'), command: fields, mid }),
  rpc_ui_response: object<HubRpcUiResponseMessage>({
    type: literal('rpc_ui_response'),
    id: text,
    result: anything,
    mid,
  }),
  ping: object<HubPingMessage>({ type: literal('ping'), timestamp: number }),
  ack: object<HubAckMessage>({ type: literal('ack'), seq: count }),
  history: object<HubHistoryRequest>({ type: literal('history'), id: text, before: count, mid }),
  'auth.renew': object<HubAuthRenewMessage>({ type: literal('auth.renew'), authorization: text }),
})

const bootstrap: Shape<HubBootstrapFrame> = object<HubBootstrapFrame>({
  type: (value) => (value === undefined ? undefined : expected('string', value)),
  authorization: maybeText,
  org_id: maybeText,
})

/** Everything that a client may say. Hub §2, §3. */
export const clientMessage: Shape<HubClientMessage> = (value) => {
  if (!isObject(value) || value['type'] !== undefined) return typed(value)
  if (value['authorization'] === undefined && value['org_id'] === undefined) return ': expected a type, got none'
  const issue = bootstrap(value)
  return issue === undefined ? undefined : `(bootstrap)${issue}`
}

/** True where this version knows the message's kind, so that a `switch` over `type` narrows it. */
export function isKnownHubClientMessage(message: HubClientMessage): message is HubKnownClientMessage {
  return message.type === undefined || typed.isKnown(message)
}
