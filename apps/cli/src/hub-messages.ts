import type { HubGap } from '@holdfast/hub'
import type { HubServerMessage } from '@holdfast/protocol/hub'
import { countNoun } from './count-noun.ts'

/** Missing messages, not a message that has this type. */
export function isGap(message: HubServerMessage | HubGap): message is HubGap {
  return message.type === 'gap'
}

/** What people read for the names that wires have; of all others the name itself, in words. */
const WORDS: Readonly<Record<string, string>> = {
  message: 'says',
  message_end: 'says',
  message_update: 'says',
  user_prompt: 'asked',
  thinking: 'thinks',
  thinking_end: 'thinks',
  tool_call: 'uses',
  tool_execution_start: 'uses',
  tool_result: 'result',
  tool_execution_end: 'result',
  runtime_status: 'program',
  runtime_process_start: 'runs',
  runtime_output: 'prints',
  runtime_process_output: 'prints',
  runtime_process_error: 'failed',
  runtime_process_stop: 'ended',
  session_label_updated: 'renamed',
}

/** The name of an event or of an entry, for people. */
export function wordOf(name: string): string {
  return WORDS[name] ?? name.replaceAll('_', ' ')
}

/** Characters of what a tool was called with. */
const MAX_ARGUMENTS = 400

/** A call of a tool: its name, and what it was called with. What is left out is said. */
export function toolCallText(name: string, given: unknown): string {
  const text = given === undefined ? '' : JSON.stringify(given)
  if (text === '' || text === '{}') return name
  const left = text.length - MAX_ARGUMENTS
  return left > 0
    ? `${name} ${text.slice(0, MAX_ARGUMENTS)} … (${countNoun(left, 'more character')})`
    : `${name} ${text}`
}
