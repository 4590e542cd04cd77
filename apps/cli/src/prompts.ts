import type { HubRpcUiRequestMessage } from '@holdfast/protocol/hub/messages'
import type { SessionPermissionAnswer, SessionPermissionRequest } from '@holdfast/protocol/sessions'
import { visibleText } from '@holdfast/protocol/text'
import { countNoun } from './count-noun.ts'
import type { Question } from './prompter.ts'

/** What is shown of a tool's input at once, in a terminal: about a screen. */
const PAGE_CHARS = 4_000

/** Puts questions to a person, or to the program at the other end of a pipe. */
export interface Asker {
  /** A person reads, who must not be shown more than a screen at once. */
  readonly isTerminal: boolean
  ask(question: Question, signal?: AbortSignal | undefined): Promise<string | undefined>
  line(text: string): Promise<void>
}

/** Requests of a driver that want no answer. */
const NOTICES: ReadonlySet<string> = new Set(['notify', 'setStatus', 'setWidget', 'setTitle', 'set_editor_text'])

/**
 * May the tool be used? Anything but a yes is a no, and what follows the no is its reason. Only what was shown to its
 * end can be allowed: a longer input is shown in parts, and a yes before the last one asks for the rest.
 */
export async function askPermission(
  asker: Asker,
  { tool_name: tool, input }: SessionPermissionRequest,
  { requestId: id, signal }: { readonly requestId: string; readonly signal: AbortSignal },
): Promise<SessionPermissionAnswer> {
  const text = visibleText(JSON.stringify(input))
  const json = { event: 'permission', id, tool, input }
  const page = asker.isTerminal ? PAGE_CHARS : text.length
  let shown = Math.min(text.length, page)
  let words = `Allow ${visibleText(tool)} ${text.slice(0, shown)}${offer(text.length - shown)}`
  for (;;) {
    const said = await asker.ask({ words, json }, signal)
    if (said === undefined) return unanswered()
    const hidden = text.length - shown
    if (hidden > 0 && /^\s*m(ore)?\s*$/i.test(said)) {
      words = `${text.slice(shown, shown + page)}${offer(Math.max(0, hidden - page))}`
      shown += Math.min(hidden, page)
    } else if (hidden > 0 && isYes(said)) {
      words = `Not yet: ${countNoun(hidden, 'character')} of what would be allowed have not been shown. [m for more, or n and why]`
    } else if (isYes(said)) return { behavior: 'allow', updatedInput: input }
    else return { behavior: 'deny', message: said.replace(/^\s*no?\b[\s,:]*/i, '').trim() || 'A person said no.' }
  }
}

/** What can be said now. */
function offer(hidden: number): string {
  return hidden === 0
    ? '? [y/N, or n and why]'
    : `… ${countNoun(hidden, 'character')} more are hidden. [m for more, or n and why]`
}

/** Puts a request of the session's driver to the person, until it is over. @returns its result */
export async function askForDriver(
  asker: Asker,
  { id, method, params }: HubRpcUiRequestMessage,
  { signal }: { readonly signal: AbortSignal },
): Promise<unknown> {
  const parts = ['title', 'message', 'placeholder']
    .map((name) => params[name])
    .filter((part) => typeof part === 'string')
  const title = visibleText(`${method}: ${parts.join(' — ')}`)
  if (NOTICES.has(method)) return void (await asker.line(title))
  const choices = Array.isArray(params['options']) ? params['options'].map(String) : []
  const list = choices.map((choice, at) => `\n  ${at + 1}) ${visibleText(choice)}`).join('')
  const words = method === 'confirm' ? `${title} [y/N]` : `${title}${list}`
  const said = await asker.ask({ words, json: { event: 'prompt', id, method, params } }, signal)
  if (said === undefined) return unanswered()
  if (method === 'confirm') return { confirmed: isYes(said) }
  return { value: choices[Number(said) - 1] ?? said }
}

function isYes(line: string): boolean {
  return /^\s*y(es)?\s*$/i.test(line)
}

/** Others may answer: there was none here, and none is sent. */
function unanswered(): Promise<never> {
  return new Promise(() => {})
}
