import {
  type AgentQuestion,
  agentQuestionOf,
  type FormField,
  formFieldsOf,
  formValueOf,
  type PermissionOption,
} from '@holdfast/protocol/acp'
import type { HubRpcUiRequestMessage } from '@holdfast/protocol/hub/messages'
import { visibleText } from '@holdfast/protocol/text'
import { countNoun } from '../count-noun.ts'
import { type Asker, askForDriver } from '../prompts.ts'

/** What is shown at once of what a tool would do, in a terminal: about a screen. */
const PAGE_CHARS = 4_000

/** How a question is put. */
export interface AgentAsking {
  readonly asker: Asker
  /** Aborted when the question is over: it was answered elsewhere, or is not wanted any more. */
  readonly signal: AbortSignal
}

/**
 * Puts an agent's question to a person, until it has an answer. @returns what the agent gets; `undefined` where no person here
 * answers, because the input is at its end or the question is over
 */
export async function askForAgent(request: HubRpcUiRequestMessage, asking: AgentAsking): Promise<unknown> {
  const question = agentQuestionOf(request.params)
  const fields = formFieldsOf(question.form)
  if (question.choices.length > 0) return askChoice(request, question, asking)
  if (fields.length > 0) return askForm(request, fields, asking)
  return askForDriver(asking.asker, request, asking)
}

/** One of the options: by its number or its name, or y and n for what they mean. Only what was shown to its end can be allowed. */
async function askChoice(
  { id, params }: HubRpcUiRequestMessage,
  question: AgentQuestion,
  { asker, signal }: AgentAsking,
): Promise<unknown> {
  const { choices } = question
  const title = titleOf(question)
  const text = detailsOf(question)
  const page = asker.isTerminal ? PAGE_CHARS : text.length
  let shown = Math.min(text.length, page)
  const list = choices.map(({ name }, at) => `\n  ${at + 1}) ${visibleText(name)}`).join('')
  const json = { event: 'question', id, title, toolCall: params['toolCall'], choices }
  let words = `${title}${shown === 0 ? '' : `\n${text.slice(0, shown)}`}${hint(text.length - shown)}${list}`
  for (;;) {
    const said = (await asker.ask({ words, json }, signal))?.trim()
    if (said === undefined) return undefined
    const hidden = text.length - shown
    const chosen = chosenBy(said, choices)
    if (hidden > 0 && /^m(ore)?$/i.test(said)) {
      words = `${text.slice(shown, shown + page)}${hint(Math.max(0, hidden - page))}${list}`
      shown += Math.min(hidden, page)
    } else if (chosen === undefined) words = `Expected a number from 1 to ${choices.length}, y or n.${list}`
    else if (hidden > 0 && chosen.kind.startsWith('allow')) {
      words = `Not yet: ${countNoun(hidden, 'character')} of what would be allowed have not been shown. [m for more]${list}`
    } else return { optionId: chosen.optionId }
  }
}

function hint(hidden: number): string {
  return hidden === 0 ? '' : `… ${countNoun(hidden, 'character')} more are hidden. [m for more]`
}

function chosenBy(said: string, choices: readonly PermissionOption[]): PermissionOption | undefined {
  const named = choices[Number(said) - 1] ?? choices.find(({ name }) => name.toLowerCase() === said.toLowerCase())
  if (named !== undefined) return named
  const kind = /^y(es)?$/i.test(said) ? 'allow_once' : /^no?$/i.test(said) ? 'reject_once' : undefined
  return kind === undefined ? undefined : choices.find((choice) => choice.kind === kind)
}

/** What the tool would do: what it is called with, and what it would change. */
function detailsOf({ rawInput, changes }: AgentQuestion): string {
  const given = rawInput === undefined ? [] : [JSON.stringify(rawInput)]
  return visibleText([...given, ...changes.map(({ path, newText }) => `${path}:\n${newText}`)].join('\n'))
}

function titleOf({ title }: AgentQuestion): string {
  return visibleText(title ?? 'The agent asks')
}

/** The fields of a form, one after the other; an empty line leaves one out that is not needed. */
async function askForm(
  request: HubRpcUiRequestMessage,
  form: readonly FormField[],
  asking: AgentAsking,
): Promise<unknown> {
  const content: Record<string, unknown> = {}
  for (const field of form) {
    const said = await askField(request, field, asking)
    if (said === undefined) return undefined
    if (said.value !== undefined) content[field.name] = said.value
  }
  return { action: 'accept', content }
}

/** Asks until it can be read. */
async function askField(
  { id, params }: HubRpcUiRequestMessage,
  field: FormField,
  { asker, signal }: AgentAsking,
): Promise<{ readonly value: unknown } | undefined> {
  const title = titleOf(agentQuestionOf(params))
  const json = { event: 'question', id, title, field: field.name, described: field }
  let words = `${title}\n${visibleText(labelOf(field))}:`
  for (;;) {
    const said = await asker.ask({ words, json }, signal)
    if (said === undefined) return undefined
    const read = formValueOf(field, said)
    if ('value' in read) return read
    words = `Expected ${visibleText(read.issue)}.\n${visibleText(labelOf(field))}:`
  }
}

function labelOf({ label, description, choices, type }: FormField): string {
  const words = choices.map((one) => (one.label === one.value ? one.value : `${one.value}: ${one.label}`))
  const which = type === 'boolean' ? ['y/n'] : words
  const more = [description, which.join(', ')].filter((text) => text !== undefined && text !== '').join('; ')
  return more === '' ? label : `${label} (${more})`
}
