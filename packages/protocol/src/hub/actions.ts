import {
  anything,
  array,
  literal,
  maybeText,
  type Open,
  object,
  optional,
  type Shape,
  text,
  type VariantShape,
  variants,
  word,
} from '../shape.ts'

/** Go ahead. Hub §4. */
export interface HubAckAction {
  readonly action: 'ACK'
}
/** Do not do it. */
export interface HubBlockAction {
  readonly action: 'BLOCK'
  readonly reason: string
}
/** Ask the person. `deny_reason` is told where the answer is no. */
export interface HubConfirmAction {
  readonly action: 'CONFIRM'
  readonly title: string
  readonly message: string
  readonly deny_reason?: string | undefined
}
/** Tell the person. */
export interface HubNotifyAction {
  readonly action: 'NOTIFY'
  readonly message: string
  readonly level?: Open<'info' | 'warning' | 'error'> | undefined
}
/** The result of what was asked. */
export interface HubReturnAction {
  readonly action: 'RETURN'
  readonly result?: unknown
}
/** Sets a status line; without `text` it is cleared. */
export interface HubStatusAction {
  readonly action: 'STATUS'
  readonly key: string
  readonly text?: string | undefined
}
/** Changes the system prompt. */
export interface HubSystemPromptAction {
  readonly action: 'SYSTEM_PROMPT'
  readonly systemPrompt: string
  readonly mode?: Open<'replace' | 'prefix' | 'suffix'> | undefined
}
/** Puts a message into the conversation. */
export interface HubInjectMessageAction {
  readonly action: 'INJECT_MESSAGE'
  readonly message: { readonly role: Open<'user' | 'assistant'>; readonly content: string }
}
/** An action that this version does not know, as it came. */
export interface HubUnknownAction {
  readonly action: string
  readonly [member: string]: unknown
}

export type HubKnownAction =
  | HubAckAction
  | HubBlockAction
  | HubConfirmAction
  | HubNotifyAction
  | HubReturnAction
  | HubStatusAction
  | HubSystemPromptAction
  | HubInjectMessageAction

/** One step of a response. Ask {@link isKnownHubAction} before a `switch`. */
export type HubAction = HubKnownAction | HubUnknownAction

const action: VariantShape<HubKnownAction, HubUnknownAction> = variants<HubKnownAction, HubUnknownAction, 'action'>(
  'action',
  {
    ACK: object<HubAckAction>({ action: literal('ACK') }),
    BLOCK: object<HubBlockAction>({ action: literal('BLOCK'), reason: text }),
    CONFIRM: object<HubConfirmAction>({
      action: literal('CONFIRM'),
      title: text,
      message: text,
      deny_reason: maybeText,
    }),
    NOTIFY: object<HubNotifyAction>({ action: literal('NOTIFY'), message: text, level: optional(word()) }),
    RETURN: object<HubReturnAction>({ action: literal('RETURN'), result: anything }),
    STATUS: object<HubStatusAction>({ action: literal('STATUS'), key: text, text: maybeText }),
    SYSTEM_PROMPT: object<HubSystemPromptAction>({
      action: literal('SYSTEM_PROMPT'),
      systemPrompt: text,
      mode: optional(word()),
    }),
    INJECT_MESSAGE: object<HubInjectMessageAction>({
      action: literal('INJECT_MESSAGE'),
      message: object<HubInjectMessageAction['message']>({ role: word(), content: text }),
    }),
  },
)

export const actions: Shape<readonly HubAction[]> = array(action)

/** True where the action is one of hub §4's. */
export function isKnownHubAction(candidate: HubAction): candidate is HubKnownAction {
  return action.isKnown(candidate)
}
