import type { HubRpcUiRequestMessage } from '@holdfast/protocol/hub'
import type { SessionPermissionAnswer, SessionPermissionRequest } from '@holdfast/protocol/sessions'
import { printable } from './hub-view.ts'
import type { Prompter } from './prompter.ts'

/** Of a tool's input a person is shown so much. */
const SHOWN_CHARS = 4_000
/** Requests of a driver that want no answer. */
const TOLD: ReadonlySet<string> = new Set(['notify', 'setStatus', 'setWidget', 'setTitle', 'set_editor_text'])

/** May the tool be used? Anything but a yes is a no, and what follows the no is its reason. */
export async function askPermission(
  prompter: Prompter,
  { tool_name: tool, input }: SessionPermissionRequest,
  { requestId: id, signal }: { readonly requestId: string; readonly signal: AbortSignal },
): Promise<SessionPermissionAnswer> {
  const shown = printable(JSON.stringify(input)).slice(0, SHOWN_CHARS)
  const words = `Allow ${printable(tool)} ${shown}? [y/N, or n and why]`
  const said = await prompter.ask({ words, json: { event: 'permission', id, tool, input } }, signal)
  if (said === undefined) return unanswered()
  if (isYes(said)) return { behavior: 'allow', updatedInput: input }
  return { behavior: 'deny', message: said.replace(/^\s*no?\b[\s,:]*/i, '').trim() || 'A person said no.' }
}

/** Puts a request of the session's driver to the person. @returns its result */
export async function askForDriver(
  prompter: Prompter,
  { id, method, params }: HubRpcUiRequestMessage,
): Promise<unknown> {
  const parts = ['title', 'message', 'placeholder']
    .map((name) => params[name])
    .filter((part) => typeof part === 'string')
  const title = printable(`${method}: ${parts.join(' — ')}`)
  if (TOLD.has(method)) return void (await prompter.line(title))
  const choices = Array.isArray(params['options']) ? params['options'].map(String) : []
  const list = choices.map((choice, at) => `\n  ${at + 1}) ${printable(choice)}`).join('')
  const words = method === 'confirm' ? `${title} [y/N]` : `${title}${list}`
  const said = await prompter.ask({ words, json: { event: 'prompt', id, method, params } })
  if (said === undefined) return unanswered()
  if (method === 'confirm') return { confirmed: isYes(said) }
  return { value: choices[Number(said) - 1] ?? said }
}

function isYes(line: string): boolean {
  return /^\s*y(es)?\s*$/i.test(line)
}

/** Others may answer: nobody here did, and no answer is sent. */
function unanswered(): Promise<never> {
  return new Promise(() => {})
}
