import { type HubServerMessage, readHubStamp } from '@holdfast/protocol/hub'
import { isUiRequest, isUiResponse } from '../message-kinds.ts'

/** Questions that are remembered: as many as a client does. */
const MAX_ASKED = 256

/** The driver's questions that the app of a tab was asked: one that comes again is the same one. */
export class AskedQuestions {
  readonly #asked = new Set<unknown>()

  /** Another history: numbers mean something else. */
  clear(): void {
    this.#asked.clear()
  }

  /** Without numbers its id names a question until it is answered. */
  over(id: unknown): void {
    this.#asked.delete(id)
  }

  /** Whether the app was asked this before. */
  isKnown(message: HubServerMessage): boolean {
    if (isUiResponse(message)) this.over(message.id)
    if (!isUiRequest(message)) return false
    const key = message.again ?? readHubStamp(message)?.seq ?? message.id
    if (this.#asked.has(key)) return true
    this.#asked.add(key)
    if (this.#asked.size > MAX_ASKED) for (const oldest of this.#asked) return !this.#asked.delete(oldest)
    return false
  }
}
