import type { Conversation } from './conversation.ts'

/** What happened while the page was hidden. */
export interface Absence {
  readonly since: number
  readonly forMs: number
  /** The last row that was there before; undefined: none was. */
  readonly afterKey: number | undefined
  /** What came, by its kind: the word for one, or for as many. */
  readonly counts: readonly (readonly [count: number, what: string])[]
}

/** Who is away for less has not missed anything. */
const WORTH_MS = 60_000

const NAMES: Readonly<Record<string, readonly [one: string, several: string]>> = {
  message: ['message', 'messages'],
  user_prompt: ['message of a person', 'messages of people'],
  tool_call: ['tool call', 'tool calls'],
  task_result: ['finished task', 'finished tasks'],
  runtime_output: ['program output', 'program outputs'],
}

/** Notices when a person comes back to a conversation after a minute or more: to the page, or to the network. */
export class AbsenceWatch {
  readonly #conversation: () => Conversation
  readonly #now: () => number
  #reasons = new Set<'hidden' | 'offline'>()
  #left: { readonly at: number; readonly afterKey: number | undefined } | undefined
  /** What is to be shown; undefined: nothing. */
  current: Absence | undefined

  constructor(conversation: () => Conversation, now: () => number = () => Date.now()) {
    this.#conversation = conversation
    this.#now = now
  }

  left(reason: 'hidden' | 'offline'): void {
    this.#reasons.add(reason)
    this.#left ??= { at: this.#now(), afterKey: this.#conversation().rows.at(-1)?.key }
  }

  /** Everything that was missed is there. */
  returned(reason: 'hidden' | 'offline'): void {
    this.#reasons.delete(reason)
    const left = this.#left
    if (this.#reasons.size > 0 || left === undefined) return
    this.#left = undefined
    const { at, afterKey } = left
    const forMs = this.#now() - at
    if (forMs < WORTH_MS) return
    const counts = this.#counted(afterKey)
    this.current = counts.length === 0 ? undefined : { since: at, forMs, afterKey, counts }
  }

  dismiss(): void {
    this.current = undefined
  }

  #counted(afterKey: number | undefined): Absence['counts'] {
    const counts = new Map<readonly [one: string, several: string], number>()
    const { rows } = this.#conversation()
    for (let at = rows.length - 1; at >= 0; at--) {
      const row = rows[at]
      if (row === undefined || row.key === afterKey) break
      const name = NAMES[row.entry.type]
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    return [...counts].map(([[one, several], count]) => [count, count === 1 ? one : several])
  }
}
