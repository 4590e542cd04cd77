import * as z from 'zod'
import { absent, count, fields, given, object, open } from '../../schema-kit.ts'
import { hubUnknownMessage } from './server.ts'

const mid = z
  .string()
  .optional()
  .describe('An acknowledgement id for messages that have no `id` of their own. Hub §11.')

export const hubEventRequest = object({
  type: z.literal('event'),
  id: z.string(),
  event: z.string(),
  data: fields(),
  mid,
}).describe('An event of the session; answered with the same `id`. Hub §3.')

export const hubToolRequest = object({
  type: z.literal('tool'),
  id: z.string(),
  name: z.string(),
  toolCallId: z.string(),
  params: fields(),
  mid,
}).describe('A call of a hub tool; answered with the same `id`. Hub §3.')

export const hubCommandRequest = object({
  type: z.literal('command'),
  id: z.string(),
  name: z.string(),
  args: z.string(),
  mid,
}).describe('A command that a person typed; answered with the same `id`. Hub §3.')

export const hubSessionEntryMessage = object({
  type: z.literal('session_entry'),
  path: z.string(),
  line: z.string(),
  mid,
}).describe('Appends one JSONL line to a session file. Hub §3.')

export const hubSessionWriteMessage = object({
  type: z.literal('session_write'),
  path: z.string(),
  content: z.string(),
  mid,
}).describe('Writes a whole session file. Hub §3.')

export const hubBootstrapReadyMessage = object({ type: z.literal('bootstrap_ready'), mid }).describe(
  'A controller is ready for its hydration. Hub §2, §3.',
)

export const hubSubscribeMessage = object({
  type: z.literal('subscribe'),
  patterns: z.array(z.string()),
  mid,
}).describe('Replaces the event filter. Hub §3.')

export const hubRpcCommandMessage = object({ type: z.literal('rpc_command'), command: fields(), mid }).describe(
  'For the RPC driver; answered by `rpc_response`. Hub §3.',
)

export const hubRpcUiResponseMessage = object({
  type: z.literal('rpc_ui_response'),
  id: z.string(),
  result: z.unknown().optional(),
  mid,
}).describe(
  "The answer to `rpc_ui_request`: `id` is the request's; the message's own is `mid`. Hub §3. From the driver itself: its question is over.",
)

export const hubPingMessage = object({ type: z.literal('ping'), timestamp: z.number() }).describe(
  'Asks for a `pong`. `timestamp` in milliseconds since 1970. Hub §3.',
)

export const hubAckMessage = object({ type: z.literal('ack'), seq: count() }).describe(
  'The application has processed everything up to `seq`. Hub §11.',
)

export const hubHistoryRequest = object({
  type: z.literal('history'),
  id: z.string(),
  before: count().describe('The value of `earlier` of a hydration or of the previous page.'),
  mid,
}).describe(
  'Asks for entries of the conversation before an event; answered by `session_history` with the same `id`. Hub §11.',
)

export const hubAuthRenewMessage = object({ type: z.literal('auth.renew'), authorization: z.string() }).describe(
  'Newer credentials of the same principal, in place of those that the connection began with. Hub §11.',
)

export const hubBootstrapFrame = object({
  type: absent(),
  authorization: z.string().optional(),
  org_id: z.string().optional(),
}).describe('The first frame of a client with a credential or an org. It has no `type`. Hub §2.')

export const hubRequest = z
  .discriminatedUnion('type', [hubEventRequest, hubToolRequest, hubCommandRequest])
  .describe('The messages that are answered with the same `id`. Hub §3.')

export const hubTypedClientMessage = z
  .discriminatedUnion('type', [
    hubRequest,
    hubSessionEntryMessage,
    hubSessionWriteMessage,
    hubBootstrapReadyMessage,
    hubSubscribeMessage,
    hubRpcCommandMessage,
    hubRpcUiResponseMessage,
    hubPingMessage,
    hubAckMessage,
    hubAuthRenewMessage,
    hubHistoryRequest,
  ])
  .describe("The client's messages that have a `type`, known to this version.")

export const hubKnownClientMessage = z
  .union([hubTypedClientMessage, hubBootstrapFrame])
  .describe("The client's frames, known to this version. A `switch` over `type` narrows it.")

export const hubClientMessage = z
  .union([open('type', hubTypedClientMessage, hubUnknownMessage), given(hubBootstrapFrame, 'authorization', 'org_id')])
  .describe('Anything that a client may say. Ask {@link isKnownHubClientMessage} before a `switch`. Hub §2, §3.')
