import { isObject } from '@holdfast/contract/shape'

/** What the hub shows of streamed text. */
export type MessageKind = 'message' | 'thinking'

/** A message that is whole. */
export interface WholeMessage {
  readonly kind: MessageKind
  readonly text: string
}

/** A longer message is shown as several: an event has a bound. */
const MAX_CHARS = 30_000

const KINDS: Readonly<Record<string, MessageKind>> = {
  agent_message_chunk: 'message',
  agent_thought_chunk: 'thinking',
}

/** Puts streamed text together: a message ends where another kind of update comes, where it is too long, or with its turn. */
export class OpenMessage {
  kind: MessageKind | undefined
  #texts: string[] = []
  #length = 0

  constructor(from?: OpenMessage | undefined) {
    if (from === undefined) return
    this.kind = from.kind
    this.#texts = [...from.#texts]
    this.#length = from.#length
  }

  /** The text of an update that streams one; empty where it has none. */
  static textOf(update: unknown): string {
    const content = isObject(update) ? update['content'] : undefined
    const text = isObject(content) ? content['text'] : undefined
    return typeof text === 'string' ? text : ''
  }

  /** @returns the message that ended with this update */
  take(update: unknown): WholeMessage | undefined {
    const kind = isObject(update) ? KINDS[String(update['sessionUpdate'])] : undefined
    if (isAside(update)) return undefined
    const ended = kind === this.kind && this.#length < MAX_CHARS ? undefined : this.close()
    if (kind === undefined) return ended
    const text = OpenMessage.textOf(update)
    this.kind = kind
    this.#texts.push(text)
    this.#length += text.length
    return ended
  }

  /** @returns what was open */
  close(): WholeMessage | undefined {
    const { kind } = this
    const text = this.#texts.join('')
    this.kind = undefined
    this.#texts = []
    this.#length = 0
    return kind === undefined || text === '' ? undefined : { kind, text }
  }
}

/** What may come in the middle of a message and is no part of the conversation. */
const ASIDE: ReadonlySet<string> = new Set([
  'usage_update',
  'available_commands_update',
  'current_mode_update',
  'config_option_update',
  'session_info_update',
])

function isAside(update: unknown): boolean {
  return isObject(update) && ASIDE.has(String(update['sessionUpdate']))
}
