import { isObject } from '@holdfast/contract/shape'

/** One possible answer to a permission request. ACP §1, `session/request_permission`. */
export interface PermissionOption {
  readonly optionId: string
  readonly name: string
  /** `allow_once`, `allow_always`, `reject_once`, `reject_always`, or one that is not known yet. */
  readonly kind: string
}

/** What an agent asks a person, as the hub's controllers get it in `rpc_ui_request`. */
export interface AgentQuestion {
  readonly title: string | undefined
  /** The possible answers. Empty where it asks no permission. */
  readonly choices: readonly PermissionOption[]
  /** The schema of a form, for {@link formFieldsOf}; `undefined` where it has none. */
  readonly form: unknown
  /** Whether it asks about the call of a tool. */
  readonly hasToolCall: boolean
  /** What the tool would be called with; `undefined` where that is not known. */
  readonly rawInput: unknown
  /** What the tool would change. A new file has an empty `oldText`. */
  readonly changes: readonly { readonly path: string; readonly oldText: string; readonly newText: string }[]
}

/** Reads a question of an agent. What is missing or invalid is left out. */
export function agentQuestionOf(params: Readonly<Record<string, unknown>>): AgentQuestion {
  const { title, choices, elicitation, toolCall } = params
  const { rawInput, content } = membersOf(toolCall)
  const changes = listOf(content).flatMap((part) => {
    const { type, path, oldText, newText } = membersOf(part)
    return type === 'diff' ? [{ path: String(path), oldText: String(oldText ?? ''), newText: String(newText) }] : []
  })
  return {
    title: typeof title === 'string' ? title : undefined,
    choices: permissionOptionsOf(choices),
    form: membersOf(elicitation)['requestedSchema'],
    hasToolCall: toolCall !== undefined,
    rawInput,
    changes,
  }
}

/** The options of a permission request, in their order. Invalid ones are left out. */
export function permissionOptionsOf(options: unknown): readonly PermissionOption[] {
  return listOf(options).flatMap((option) => {
    const { optionId, name, kind } = membersOf(option)
    if (typeof optionId !== 'string') return []
    return [{ optionId, name: typeof name === 'string' ? name : optionId, kind: typeof kind === 'string' ? kind : '' }]
  })
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
