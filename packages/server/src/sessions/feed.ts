import type { Fields } from '@holdfast/protocol/hub'
import type { SessionMessage } from '@holdfast/protocol/sessions'
import { asFields, contentOf, isFields, textOf } from '../hub/index.ts'

/** What an event of a hub session is in the sessions vocabulary: one message for each event. Sessions §1. */
export function sessionMessageOf(
  event: string,
  data: Fields,
  named: { readonly uuid: string | undefined; readonly sessionId: string },
): SessionMessage {
  const made = MAKERS[event]?.(data) ?? { type: 'system', subtype: event, data }
  const { uuid, sessionId } = named
  return {
    ...made,
    parent_tool_use_id: textOf(data, 'taskId') ?? null,
    session_id: sessionId,
    ...(uuid === undefined ? {} : { uuid }),
  }
}

const MAKERS: Readonly<Record<string, (data: Fields) => SessionMessage>> = {
  user_prompt: (data) => user(contentOf(data) ?? ''),
  message_end: (data) => {
    const role = textOf(asFields(data['message']), 'role') ?? textOf(data, 'role')
    return role === 'user' ? user(contentOf(data) ?? '') : assistant([{ type: 'text', text: contentOf(data) ?? '' }])
  },
  message_update: (data) => delta({ type: 'text_delta', text: textOf(data, 'delta') ?? contentOf(data) ?? '' }),
  thinking_update: (data) =>
    delta({ type: 'thinking_delta', thinking: textOf(data, 'delta') ?? contentOf(data) ?? '' }),
  thinking_end: (data) =>
    assistant([{ type: 'thinking', thinking: textOf(data, 'thinking') ?? contentOf(data) ?? '' }]),
  tool_call: toolUse,
  tool_execution_start: toolUse,
  tool_result: toolResult,
  tool_execution_end: toolResult,
  session_start: (data) => ({ type: 'system', subtype: 'init', data }),
  session_complete: (data) => ({ type: 'result', subtype: 'success', is_error: false, result: contentOf(data) ?? '' }),
  session_error: (data) => ({
    type: 'result',
    subtype: 'error_during_execution',
    is_error: true,
    errors: [textOf(data, 'error') ?? contentOf(data) ?? 'unknown'],
  }),
}

function user(content: unknown): SessionMessage {
  return { type: 'user', message: { role: 'user', content } }
}

function assistant(content: readonly object[]): SessionMessage {
  return { type: 'assistant', message: { role: 'assistant', content } }
}

function delta(piece: object): SessionMessage {
  return { type: 'stream_event', event: { type: 'content_block_delta', index: 0, delta: piece } }
}

function toolUse(data: Fields): SessionMessage {
  const args = data['toolArgs'] ?? data['args'] ?? data['params'] ?? data['input']
  const name = textOf(data, 'toolName') ?? textOf(data, 'name') ?? 'unknown'
  return assistant([
    { type: 'tool_use', id: textOf(data, 'toolCallId') ?? '', name, input: isFields(args) ? args : {} },
  ])
}

function toolResult(data: Fields): SessionMessage {
  const content = contentOf(data) ?? ''
  const is_error = data['isError'] === true
  return user([{ type: 'tool_result', tool_use_id: textOf(data, 'toolCallId') ?? '', content, is_error }])
}
