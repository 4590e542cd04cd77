import type { TrackerChatMessage, TrackerSnapshot } from '../generated/types.ts'
import { sizeOf, takeFirst } from './state-parts.ts'

/** Bounds of stored messages. */
export interface ConversationLimits {
  /** Of each chat and each task. */
  readonly maxMessages: number
  /** Chats and tasks; the one that was silent longest is forgotten. */
  readonly maxChats: number
  /** All of it together. */
  readonly maxPartBytes: number
}

interface Said {
  readonly message: TrackerChatMessage
  readonly bytes: number
}

/** The newest messages of each chat (`chat:` and its id) and each task (`task:` and its id). */
export class Conversations {
  /** The one that was silent longest first. */
  readonly #places = new Map<string, Said[]>()
  readonly #limits: ConversationLimits
  #bytes = 0

  constructor(limits: ConversationLimits) {
    this.#limits = limits
  }

  /** The oldest first. */
  in(place: string): readonly TrackerChatMessage[] {
    return (this.#places.get(place) ?? []).map(({ message }) => message)
  }

  say(place: string, message: TrackerChatMessage): void {
    const { maxMessages, maxChats, maxPartBytes } = this.#limits
    const said = this.#places.get(place) ?? []
    const bytes = sizeOf(message)
    said.push({ message, bytes })
    this.#bytes += bytes
    this.#places.delete(place)
    this.#places.set(place, said)
    if (said.length > maxMessages) this.#forget(said.shift())
    while (this.#places.size > maxChats || (this.#bytes > maxPartBytes && this.#places.size > 1)) {
      for (const one of takeFirst(this.#places) ?? []) this.#forget(one)
    }
    while (this.#bytes > maxPartBytes && said.length > 1) this.#forget(said.shift())
  }

  toJSON(): TrackerSnapshot['chats'] {
    return [...this.#places.keys()].map((place) => [place, this.in(place)])
  }

  restore(state: TrackerSnapshot['chats']): void {
    for (const [place, messages] of state) for (const message of messages) this.say(place, message)
  }

  #forget(said: Said | undefined): void {
    this.#bytes -= said?.bytes ?? 0
  }
}
