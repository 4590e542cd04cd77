import { count, fields, named, object, pairs } from '@holdfast/protocol/internals/schemas'
import * as z from 'zod'

export const trackerTask = object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  project_id: z.string(),
  assignee: z.string().optional().describe('The agent that should do it.'),
  status: z.string(),
  created_by: z.string(),
  created_at: z.number().describe('Milliseconds since 1970.'),
}).describe('A task.')

export const trackerChatMessage = object({
  id: z.string(),
  chat_id: z.string().optional(),
  task_id: z.string().optional(),
  author: z.string(),
  content: z.string(),
  mentions: z.array(z.string()),
  thinking: z.string().optional(),
  created_at: z.number().describe('Milliseconds since 1970.'),
}).describe('Something said in a chat or on a task.')

export const trackerRecord = z
  .discriminatedUnion('t', [
    object({ t: z.literal('agent'), agent: z.string() }).describe(
      'An agent is known from here on: it gets what concerns it, also while it is away.',
    ),
    object({ t: z.literal('task'), task: trackerTask }).describe('A new task.'),
    object({ t: z.literal('status'), taskId: z.string(), status: z.string(), by: z.string() }).describe(
      'The state of a task was changed.',
    ),
    object({ t: z.literal('message'), message: trackerChatMessage }).describe('A chat message.'),
    object({ t: z.literal('ack'), agent: z.string(), n: z.number(), failed: z.boolean().optional() }).describe(
      'The agent has handled the event of record `n`, or it is given up.',
    ),
  ])
  .describe('A record in the log of the tracker. Its whole state is built from these.')

export const inboxEvent = object({
  n: z.number(),
  type: z.string(),
  data: fields(),
  ts: z.number(),
}).describe(
  "An event for an agent. Its id is made of the record's number: the same after every restart, on every node.",
)

export const storedInbox = z
  .tuple([named('agent', z.string()), named('waiting', z.array(z.number())), named('lost', z.number())])
  .describe('An agent, the numbers of what waits for it, and how many it lost.')

export const inboxState = object({
  events: z.array(inboxEvent),
  known: z.array(storedInbox),
  expected: z.array(storedInbox).describe('Names of agents that were given work and have not connected yet.'),
}).describe('The events that wait for agents. An event that waits for several of them is stored once.')

export const trackerSnapshot = object({
  v: z.literal(2).describe('Version of its format. A state of another version is built again from the log.'),
  tasks: z.array(trackerTask),
  chats: pairs(z.array(trackerChatMessage)).describe('The one that was silent longest first.'),
  inboxes: inboxState,
}).describe('Everything the tracker knows after a record.')

export const relayProgress = object({
  relayed: count().optional().describe('The last record that a relay has shown.'),
}).describe("The relay's part of the data of the tracker's session; other members stay as they are.")

const text = z.string().min(1)

export const taskBody = object({
  title: text,
  description: z.string().optional(),
  project_id: z.string().optional(),
  assignee: z.string().optional(),
}).describe('Body of `POST /api/tracker/tasks`.')

export const taskChangeBody = object({ status: text }).describe('Body of `PATCH /api/tracker/tasks/{id}`.')

export const messageBody = object({ content: text, mentions: z.array(z.string()).optional() }).describe(
  'Body of a comment or a chat message.',
)
