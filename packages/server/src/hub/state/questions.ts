import type { Fields } from '@holdfast/protocol/hub'
import type { QuestionsState } from '../../generated/types.ts'
import { textOf } from './entries.ts'
import type { RpcRecord } from './records.ts'
import { forgetOldest, putAll } from './state-parts.ts'

/** Open questions that are sent again; of a driver that leaves more of them open, the newest. */
const MAX_QUESTIONS = 64

/** Answers that are remembered. */
const MAX_ANSWERED = 1_000

/**
 * What the RPC driver asks people (`rpc_ui_request`, hub §4), folded from the log: the first answer is the answer. The driver
 * itself may end what it asked, with an answer of its own.
 */
export class Questions {
  /** Where a question without an answer stands, by its id. */
  readonly #open = new Map<string, number>()
  /** Where the answer stands, by the question's id. */
  readonly #answered = new Map<string, number>()

  /** Takes the RPC record at `n`. */
  apply({ message }: RpcRecord, n: number): void {
    const id = textOf(message, 'id')
    if (id === undefined) return
    if (message['type'] === 'rpc_ui_request') {
      this.#open.set(id, n)
      this.#answered.delete(id)
      if (this.#open.size > MAX_QUESTIONS) forgetOldest(this.#open)
    } else if (isUiResponse(message) && !this.#answered.has(id)) {
      this.#open.delete(id)
      this.#answered.set(id, n)
      if (this.#answered.size > MAX_ANSWERED) forgetOldest(this.#answered)
    }
  }

  /** Another driver leads: what the one before it asked is asked no more. */
  clear(): void {
    this.#open.clear()
  }

  /** Ids of the unanswered questions. */
  get open(): readonly string[] {
    return [...this.#open.keys()]
  }

  isOpen(n: number): boolean {
    return this.unanswered(n, n).length > 0
  }

  /** Numbers of the unanswered questions from `from` to `to`. */
  unanswered(from: number, to: number): readonly number[] {
    return [...this.#open.values()].filter((n) => n >= from && n <= to)
  }

  /** Whether the record at `n` is a question that has its answer, or an answer to one that had it before. */
  isOver({ message }: RpcRecord, n: number): boolean {
    const id = textOf(message, 'id')
    if (id === undefined) return false
    if (message['type'] === 'rpc_ui_request') return this.#answered.has(id)
    return isUiResponse(message) && this.isLate(id, n)
  }

  /** Whether an answer to question `id`, at `n`, came after another one. */
  isLate(id: string, n: number): boolean {
    const first = this.#answered.get(id)
    return first !== undefined && n > first
  }

  toJSON(): QuestionsState {
    return { open: [...this.#open], answered: [...this.#answered] }
  }

  restore({ open, answered }: QuestionsState): void {
    putAll(this.#open, open)
    putAll(this.#answered, answered)
  }
}

/** What ends a question: an answer of a controller, or the driver's own. */
export function isUiResponse(message: Fields): boolean {
  return message['type'] === 'rpc_ui_response'
}
