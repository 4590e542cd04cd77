import type { HubGap } from '@holdfast/hub'
import {
  type HubConversationEntry,
  type HubKnownServerMessage,
  type HubServerMessage,
  isKnownHubServerMessage,
} from '@holdfast/protocol/hub'
import { isGap, toolCallText, wordOf } from './hub-messages.ts'
import type { Paint } from './output.ts'
import { printable } from './printable.ts'

/** One thing of a session as lines for a person; undefined where there is nothing to say. */
export function viewOf(message: HubServerMessage | HubGap, paint: Paint): string | undefined {
  if (isGap(message)) return paint.yellow('-- events are missing here --')
  return isKnownHubServerMessage(message) ? knownView(message, paint) : undefined
}

function knownView(message: HubKnownServerMessage, paint: Paint): string | undefined {
  if (message.type === 'broadcast') return line(paint, message.timestamp, message.event, textOf(message.data))
  if (message.type !== 'presence') return undefined
  const { event, participant, timestamp } = message
  if (participant === undefined || event === 'presence_update') return undefined
  const { role } = participant
  if (role === 'lead' && event === 'session_leave') {
    return line(paint, timestamp, 'left', `the lead: until one comes back, nobody works here`)
  }
  return line(paint, timestamp, event === 'session_join' ? 'joined' : 'left', role === 'lead' ? 'the lead' : role)
}

/** An entry of the conversation so far. */
export function entryView(entry: HubConversationEntry, paint: Paint): string {
  const { timestamp, type, content, thinking, toolName, toolArgs, runtime } = entry
  const call = type === 'tool_call' && toolName !== undefined ? toolCallText(toolName, toolArgs) : toolName
  const command = runtime?.command === undefined ? undefined : `${runtime.command} ${runtime.status ?? ''}`.trim()
  return line(paint, timestamp, type, content ?? thinking ?? call ?? command ?? '')
}

function line(paint: Paint, timestamp: unknown, name: string, text: unknown): string {
  const at = typeof timestamp === 'number' ? new Date(timestamp).toISOString().slice(11, 19) : '--:--:--'
  const shown = printable(String(text)).trimEnd().replaceAll('\n', '\n         ')
  return `${paint.dim(at)} ${paint.cyan(printable(wordOf(name)))}${shown === '' ? '' : `  ${shown}`}`
}

/** The words in an event's data, wherever agents put them. */
function textOf(data: unknown): string {
  if (typeof data !== 'object' || data === null) return ''
  const { toolName, name, toolArgs, args, input }: { readonly [name: string]: unknown } = { ...data }
  const tool = [toolName, name].find((one) => typeof one === 'string')
  const given = toolArgs ?? args ?? input
  if (typeof tool === 'string' && given !== undefined) return toolCallText(tool, given)
  for (const name of ['content', 'text', 'output', 'message', 'error', 'result'] as const) {
    const value: unknown = Reflect.get(data, name)
    if (typeof value === 'string') return value
  }
  const json = JSON.stringify(data)
  return json === '{}' ? '' : json
}
