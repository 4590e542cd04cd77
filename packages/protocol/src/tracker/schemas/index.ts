import * as z from 'zod'
import { anyMembers, given, object, open } from '../../schema-kit.ts'

const maybeText = z.string().optional()

export const trackerProject = object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  chat_id: maybeText,
}).describe('A project of the tracker. Tracker §1.')

export const trackerAuthOk = object({
  type: z.literal('auth.ok'),
  data: object({
    lobby_chat_id: maybeText,
    projects: z.array(trackerProject),
    online: z.array(z.unknown()),
    holdfast: object({ limits: object({ maxFrameBytes: z.number().optional() }) })
      .optional()
      .describe('Of our own server: what it takes, for runtimes that show no headers of an upgrade.'),
  }),
}).describe('The token is accepted. Tracker §1.')

export const trackerAuthError = object({ type: z.literal('auth.error'), message: z.string() }).describe(
  'The token is refused. Tracker §1.',
)

export const trackerHeartbeatAck = object({ type: z.literal('heartbeat.ack') }).describe(
  'A heartbeat has arrived. Tracker §1.',
)

export const trackerSubscribeOk = object({
  type: z.literal('subscribe.ok'),
  data: z.unknown().optional(),
}).describe('A subscription is there. Tracker §1.')

export const trackerEvent = object({
  type: z.string(),
  id: maybeText,
  data: z.unknown(),
  ts: z.number().optional().describe('Milliseconds since 1970.'),
}).describe('Everything else that the tracker says: an event, named by `type`. Tracker §1.')

export const trackerKnownServerFrame = z
  .discriminatedUnion('type', [trackerAuthOk, trackerAuthError, trackerHeartbeatAck, trackerSubscribeOk])
  .describe("The tracker's messages about the connection. Tracker §1.")

export const trackerServerFrame = open('type', trackerKnownServerFrame, trackerEvent).describe(
  'A message as the tracker writes it: by `type`. Tracker §1.',
)

export const trackerAuth = object({ type: z.literal('auth'), token: z.string() }).describe(
  'The first frame. Tracker §1.',
)

export const trackerHeartbeat = object({ type: z.literal('heartbeat'), status: z.enum(['busy', 'online']) }).describe(
  '`busy` while the agent has tasks. Tracker §1.',
)

export const trackerAck = object({ type: z.literal('ack'), id: maybeText }).describe(
  "The event has been handled. `id` is the event's, where it has one. Tracker §1.",
)

export const trackerNack = object({ type: z.literal('nack'), id: maybeText, reason: maybeText }).describe(
  'The event could not be handled: an extension, for trackers that send again.',
)

export const trackerChatSend = given(
  object({
    type: z.literal('chat.send'),
    chat_id: maybeText,
    task_id: maybeText,
    content: z.string(),
    mentions: z.array(z.string()),
    thinking: maybeText,
    id: maybeText.describe("An extension: the sender's name for the message, so that a second copy is recognised."),
  }),
  'chat_id',
  'task_id',
).describe('Says something in a chat or on a task: one of `chat_id` and `task_id`. Tracker §1.')

export const trackerStreamEvent = anyMembers({ type: z.string() }).describe(
  '`agent.stream.delta`, `agent.stream.tool` and any other stream event, with its own members. Tracker §1.',
)

export const trackerKnownClientMessage = z
  .discriminatedUnion('type', [trackerAuth, trackerHeartbeat, trackerAck, trackerNack, trackerChatSend])
  .describe('The messages of an agent that tracker §1 names.')

export const trackerClientMessage = open('type', trackerKnownClientMessage, trackerStreamEvent).describe(
  'Anything that an agent may say. Ask `isKnownTrackerClientMessage` before a `switch`. Tracker §1.',
)
