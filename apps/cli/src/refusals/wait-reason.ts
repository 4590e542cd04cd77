import { evidenceOfAttempt, sentenceIn } from './refusals.ts'

/** Why a client waits: the gateway's own words where it answered. */
export class WaitReason {
  /** Something was refused, failed or dropped. */
  isKnown = false
  readonly #url: string
  #said: string | undefined

  constructor(url: string) {
    this.#url = url
  }

  /** To be called with the cause of every change of status that has one. */
  failed(cause: unknown): void {
    if (cause === undefined) return
    this.isKnown = true
    this.#said = sentenceIn(evidenceOfAttempt(cause) ?? {})
  }

  toString(): string {
    const said = (this.#said ?? '').replaceAll(/\s+/g, ' ').replace(/[.\s]+$/, '')
    return said === '' ? `${this.#url} is not reachable` : `${this.#url} says: ${said}`
  }
}
