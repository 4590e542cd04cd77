import {
  array,
  type Fields,
  fields,
  maybeBoolean,
  maybeNumber,
  maybeText,
  number,
  type Open,
  object,
  optional,
  record,
  type Shape,
  text,
  word,
} from '../shape.ts'

/** A process that the session runs. Hub §4. */
export interface HubRuntimeProcess {
  readonly pid?: number | undefined
  readonly command?: string | undefined
  readonly args?: readonly string[] | undefined
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly status?: string | undefined
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
}

/** Where a running application may be looked at. Hub §4. */
export interface HubRuntimePreview {
  readonly url?: string | undefined
  readonly port?: number | undefined
  readonly protocol?: string | undefined
  readonly path?: string | undefined
  readonly status?: string | undefined
}

/** What came with a prompt. Hub §4. */
export interface HubAttachment {
  readonly type: string
  readonly name?: string | undefined
  readonly url?: string | undefined
  readonly content?: string | undefined
  readonly mimeType?: string | undefined
  /** Bytes. */
  readonly size?: number | undefined
}

/** Who wrote an entry. Hub §4. */
export interface HubAuthor {
  readonly userId?: string | undefined
  readonly displayName?: string | undefined
  readonly email?: string | undefined
  readonly avatarUrl?: string | undefined
  readonly actorType?: Open<'user' | 'api_key' | 'service'> | undefined
  readonly apiKeyLabel?: string | undefined
}

/** The kinds of entry that hub §4 names. Others pass. */
export type HubEntryType =
  | 'message'
  | 'thinking'
  | 'tool_call'
  | 'tool_result'
  | 'task_result'
  | 'runtime_status'
  | 'runtime_output'
  | 'runtime_preview'
  | 'turn'
  | 'user_prompt'

/** One entry of a session's conversation. Hub §4. */
export interface HubConversationEntry {
  readonly type: Open<HubEntryType>
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly agent?: string | undefined
  readonly content?: string | undefined
  readonly thinking?: string | undefined
  readonly toolName?: string | undefined
  readonly toolArgs?: Fields | undefined
  readonly toolCallId?: string | undefined
  readonly runtime?: HubRuntimeProcess | undefined
  readonly preview?: HubRuntimePreview | undefined
  readonly attachments?: readonly HubAttachment[] | undefined
  readonly author?: HubAuthor | undefined
  readonly isError?: boolean | undefined
  readonly taskId?: string | undefined
  readonly turnId?: string | undefined
  readonly replyId?: string | undefined
  readonly sequence?: number | undefined
  /** Milliseconds. */
  readonly elapsedMs?: number | undefined
}

const runtimeProcess: Shape<HubRuntimeProcess> = object<HubRuntimeProcess>({
  pid: maybeNumber,
  command: maybeText,
  args: optional(array(text)),
  cwd: maybeText,
  env: optional(record(text)),
  status: maybeText,
  exitCode: maybeNumber,
  signal: maybeText,
})

const runtimePreview: Shape<HubRuntimePreview> = object<HubRuntimePreview>({
  url: maybeText,
  port: maybeNumber,
  protocol: maybeText,
  path: maybeText,
  status: maybeText,
})

const attachment: Shape<HubAttachment> = object<HubAttachment>({
  type: text,
  name: maybeText,
  url: maybeText,
  content: maybeText,
  mimeType: maybeText,
  size: maybeNumber,
})

const author: Shape<HubAuthor> = object<HubAuthor>({
  userId: maybeText,
  displayName: maybeText,
  email: maybeText,
  avatarUrl: maybeText,
  actorType: optional(word()),
  apiKeyLabel: maybeText,
})

export const conversationEntry: Shape<HubConversationEntry> = object<HubConversationEntry>({
  type: word(),
  timestamp: number,
  agent: maybeText,
  content: maybeText,
  thinking: maybeText,
  toolName: maybeText,
  toolArgs: optional(fields),
  toolCallId: maybeText,
  runtime: optional(runtimeProcess),
  preview: optional(runtimePreview),
  attachments: optional(array(attachment)),
  author: optional(author),
  isError: maybeBoolean,
  taskId: maybeText,
  turnId: maybeText,
  replyId: maybeText,
  sequence: maybeNumber,
  elapsedMs: maybeNumber,
})
