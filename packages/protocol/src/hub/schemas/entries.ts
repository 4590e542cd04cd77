import * as z from 'zod'
import { fields, object, word } from '../../schema-kit.ts'

const maybeText = z.string().optional()
const maybeNumber = z.number().optional()

export const hubRuntimeProcess = object({
  pid: maybeNumber,
  command: maybeText,
  args: z.array(z.string()).optional(),
  cwd: maybeText,
  env: z.record(z.string(), z.string()).optional(),
  status: maybeText,
  exitCode: maybeNumber,
  signal: maybeText,
}).describe('A process that the session runs. Hub §4.')

export const hubRuntimePreview = object({
  url: maybeText,
  port: maybeNumber,
  protocol: maybeText,
  path: maybeText,
  status: maybeText,
}).describe('Where a running application may be looked at. Hub §4.')

export const hubAttachment = object({
  type: z.string(),
  name: maybeText,
  url: maybeText,
  content: maybeText,
  mimeType: maybeText,
  size: maybeNumber.describe('Bytes.'),
}).describe('An attachment of a prompt. Hub §4.')

export const hubAuthor = object({
  userId: maybeText,
  displayName: maybeText,
  email: maybeText,
  avatarUrl: maybeText,
  actorType: word('user', 'api_key', 'service').optional(),
  apiKeyLabel: maybeText,
}).describe('Who wrote an entry. Hub §4.')

export const hubEntryType = word(
  'message',
  'thinking',
  'tool_call',
  'tool_result',
  'task_result',
  'runtime_status',
  'runtime_output',
  'runtime_preview',
  'turn',
  'user_prompt',
).describe('The kinds of entry that hub §4 names. Others pass.')

export const hubConversationEntry = object({
  type: hubEntryType,
  timestamp: z.number().describe('Milliseconds since 1970.'),
  agent: maybeText,
  content: maybeText,
  thinking: maybeText,
  toolName: maybeText,
  toolArgs: fields().optional(),
  toolCallId: maybeText,
  runtime: hubRuntimeProcess.optional(),
  preview: hubRuntimePreview.optional(),
  attachments: z.array(hubAttachment).optional(),
  author: hubAuthor.optional(),
  isError: z.boolean().optional(),
  taskId: maybeText,
  turnId: maybeText,
  replyId: maybeText,
  sequence: maybeNumber,
  elapsedMs: maybeNumber.describe('Milliseconds.'),
}).describe("One entry of a session's conversation. Hub §4.")
