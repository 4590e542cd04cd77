import * as z from 'zod'
import { anyMembers, object, open, word } from '../../schema-kit.ts'

export const hubAckAction = object({ action: z.literal('ACK') }).describe('Go ahead. Hub §4.')

export const hubBlockAction = object({ action: z.literal('BLOCK'), reason: z.string() }).describe('Do not do it.')

export const hubConfirmAction = object({
  action: z.literal('CONFIRM'),
  title: z.string(),
  message: z.string(),
  deny_reason: z.string().optional(),
}).describe('Ask the person. `deny_reason` is given to the lead if the answer is no.')

export const hubNotifyAction = object({
  action: z.literal('NOTIFY'),
  message: z.string(),
  level: word('info', 'warning', 'error').optional(),
}).describe('Notify the person.')

export const hubReturnAction = object({
  action: z.literal('RETURN'),
  result: z.unknown().optional(),
}).describe('The result of what was asked.')

export const hubStatusAction = object({
  action: z.literal('STATUS'),
  key: z.string(),
  text: z.string().optional(),
}).describe('Sets a status line; without `text` it is cleared.')

export const hubSystemPromptAction = object({
  action: z.literal('SYSTEM_PROMPT'),
  systemPrompt: z.string(),
  mode: word('replace', 'prefix', 'suffix').optional(),
}).describe('Changes the system prompt.')

export const hubInjectMessageAction = object({
  action: z.literal('INJECT_MESSAGE'),
  message: object({ role: word('user', 'assistant'), content: z.string() }),
}).describe('Puts a message into the conversation.')

export const hubUnknownAction = anyMembers({ action: z.string() }).describe(
  'An action that this version does not know, as it came.',
)

export const hubKnownAction = z
  .discriminatedUnion('action', [
    hubAckAction,
    hubBlockAction,
    hubConfirmAction,
    hubNotifyAction,
    hubReturnAction,
    hubStatusAction,
    hubSystemPromptAction,
    hubInjectMessageAction,
  ])
  .describe('The actions of hub §4.')

export const hubAction = open('action', hubKnownAction, hubUnknownAction).describe(
  'One step of a response. Ask {@link isKnownHubAction} before a `switch`.',
)
