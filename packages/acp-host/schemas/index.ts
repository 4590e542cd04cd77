import { count, fields, object } from '@holdfast/protocol/internals/schemas'
import * as z from 'zod'

const who = object({
  principal: z.string(),
  client: z.string().optional().describe('The client object, where it keeps its name over connections.'),
}).describe('Who wanted something.')

export const acpAuthor = who

const program = z.string().describe('Identifies one run of the program.')

export const acpRecord = z
  .discriminatedUnion('t', [
    object({
      t: z.literal('acp.opened'),
      agent: z.string().describe('Its name in the configuration.'),
      cwd: z.string(),
      params: fields().describe('Of the request that opened the session, without what is above.'),
      session: z.string().optional().describe('The session of the agent that is loaded; absent: it makes one.'),
      by: who,
    }).describe('A session of an agent begins.'),
    object({
      t: z.literal('acp.in'),
      p: program,
      o: count().describe('Offset in its stdout behind the line: what is up to here is in the log.'),
      m: fields().describe('As received.'),
    }).describe('A message of the agent.'),
    object({
      t: z.literal('acp.out'),
      p: program,
      m: fields().describe(
        'Without `jsonrpc`; a request without its id, which is made of the session and this number.',
      ),
      why: z.enum(['open', 'prompt', 'cancel', 'set', 'ask', 'answer', 'told']),
      prompt: count().optional().describe('The prompt that it carries.'),
      by: who.optional(),
    }).describe("A message to the agent. It is written exactly once, even if a gateway or the agent's host ends."),
    object({
      t: z.literal('acp.prompt'),
      prompt: z.array(fields()).describe('Content blocks.'),
      meta: fields().optional(),
      by: who,
      asked: object({ wireId: z.string(), asker: z.string(), id: z.string() })
        .optional()
        .describe('The request of the hub that contained it.'),
    }).describe('A prompt, which waits for its turn.'),
    object({
      t: z.literal('acp.removed'),
      prompt: count(),
      why: z.string(),
      by: who.optional(),
    }).describe('A prompt that will have no turn.'),
    object({
      t: z.literal('acp.answered'),
      question: count(),
      answer: fields().describe('`result` or `error`, as the agent gets it.'),
      by: who.optional().describe('Absent: no client answered.'),
      why: z.string().optional(),
    }).describe('A request of the agent has its answer. The first one counts.'),
    object({
      t: z.literal('acp.over'),
      p: program,
      why: z.string().describe('For people.'),
    }).describe('The program has ended, or has no memory of the session any more.'),
    object({
      t: z.literal('acp.notice'),
      text: z.string(),
    }).describe('Notices for people, beside the conversation.'),
    object({ t: z.literal('acp.closed'), by: who.optional() }).describe(
      'The session was closed; a prompt opens it again.',
    ),
    object({
      t: z.literal('acp.part'),
      at: count(),
      of: count(),
      text: z.string(),
    }).describe('A part of a record that is too large for one event: JSON, to be joined. They follow each other.'),
  ])
  .describe("A record of an agent in the log of a session, in addition to the hub's records.")

export const acpProgramNote = object({
  initialized: fields().optional().describe('The answer to `initialize`.'),
  sessions: z.array(z.string()).describe('Sessions that the program has.'),
}).describe('The state that is stored beside a program for the next server.')
