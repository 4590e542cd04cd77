import { hubAgentActivity, hubStreamBlock, hubTaskState } from '@holdfast/protocol/hub/schemas'
import { fields, object, pairs } from '@holdfast/protocol/internals/schemas'
import * as z from 'zod'
import { actions, senderNumber } from './records.ts'

export const pendingRequest = object({
  n: z.number(),
  asker: z.string(),
  id: z.string(),
  until: z.number().optional(),
  sender: senderNumber.optional(),
}).describe('A request without an answer.')

export const pendingApproval = object({
  n: z.number().describe("The number of the request in its session's log."),
  asker: z.string().describe('The asker; `id` is its id of the request.'),
  id: z.string(),
  message: fields().describe('As the hub was asked: an `event`, `tool` or `command` of hub §3.'),
  until: z.number().describe('When it is answered with `otherwise`, in milliseconds since 1970.'),
  otherwise: actions,
  sender: senderNumber.optional(),
}).describe('A request of a lead or sub-agent that waits for an approval.')

export const storedPendingApproval = object({
  ...pendingApproval.shape,
  fp: z.string().optional(),
  length: z.number().describe('About what it occupies, in characters of JSON.'),
}).describe('A pending request as it is stored.')

export const storedAnswer = object({ number: z.number(), id: z.string(), actions }).describe(
  'An answer for a client that may ask for it again, under its number of the request.',
)

export const answeredSender = object({
  name: z.string(),
  answers: z.array(storedAnswer),
  length: z.number(),
  cut: z.number().describe('Answers up to this number may be gone.'),
  n: z.number().describe('Number in the log of the newest answer.'),
  at: z.number().describe('When it was given, in milliseconds since 1970.'),
}).describe('The answers of one client, in the order in which they were given.')

export const senderAnswersState = object({
  forgottenTo: z.number().describe('Answers up to this number of the log were let go together with their sender.'),
  senders: z.array(answeredSender),
}).describe('Answers for clients that number what they send.')

export const streamSnapshot = object({
  tasks: pairs(hubTaskState),
  agents: pairs(hubAgentActivity),
  streams: pairs(hubStreamBlock),
  main: hubStreamBlock,
  streaming: z.boolean(),
}).describe('Running tasks, agents and unfinished output.')

const numbers = pairs(z.number())

export const questionsState = object({
  open: numbers.describe('The position of a question without an answer, by its id.'),
  answered: numbers.describe('The position of the answer, by the id of the question.'),
}).describe('The open questions of the RPC driver.')

export const entriesState = object({
  blocks: z.array(z.string()).describe('Entries as JSON, many in each text.'),
  firsts: z.array(z.number()).optional().describe('The event that each block begins with. Older ones do not know.'),
  dropped: z.boolean().optional().describe('There were earlier ones.'),
}).describe('The conversation, as far as the server stores it.')

export const sessionSnapshot = object({
  v: z.literal(1).describe('Version of its format. A state of another version is built again from the log.'),
  label: z.string().optional(),
  task: z.string().optional(),
  taskCount: z.number().optional(),
  loop: fields().optional(),
  agent: fields().optional(),
  driver: z.string().optional(),
  pastDrivers: z.array(z.string()).optional(),
  entries: entriesState.optional(),
  stream: streamSnapshot.optional(),
  pending: pairs(pendingRequest).optional().describe('By the id that the lead sees.'),
  answers: numbers.optional().describe('The positions of the answers, by asker and id.'),
  senderAnswers: senderAnswersState.optional(),
  answered: numbers.optional().describe("Where the lead's answers are, by the id that it saw."),
  questions: questionsState.optional(),
  held: z.array(storedPendingApproval).optional(),
  files: pairs(z.array(z.string())).optional(),
}).describe("A session's state after an event. Snapshots of earlier versions lack some of its members.")
