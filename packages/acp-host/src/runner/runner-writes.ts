import { jsonRpcFailureOf } from '@holdfast/protocol/acp'
import type { AgentProgram } from '../programs/agent-programs.ts'
import { outcomeOf } from '../state/client-message.ts'
import { failureOf, type Outcome } from '../state/turn-types.ts'

/** Names the lane, and begins the ids of what is asked in it. */
const STREAM = 'agent'

type Message = Readonly<Record<string, unknown>>

/** What is said to a program beside its sessions, and what it answers to that. */
export class RunnerWrites {
  readonly #program: AgentProgram
  readonly #asked = new Map<string, (outcome: Outcome) => void>()
  #seq: number

  constructor(program: AgentProgram) {
    this.#program = program
    this.#seq = program.state.lanes.find(([lane]) => lane === STREAM)?.[1] ?? 0
  }

  ask(method: string, params: unknown): Promise<Outcome> {
    const id = `${STREAM} ${this.#seq + 1}`
    const answer = new Promise<Outcome>((resolve) => void this.#asked.set(id, resolve))
    this.#write({ jsonrpc: '2.0', id, method, params }).catch((error: unknown) =>
      this.#settle(id, failureOf(String(error))),
    )
    return answer
  }

  /** @returns whether the message is an answer to something that was asked here, or behind another server */
  take(message: Message): boolean {
    const { id, method } = message
    if (typeof id !== 'string' || method !== undefined || !id.startsWith(`${STREAM} `)) return false
    this.#settle(id, outcomeOf(message))
    return true
  }

  /** Answers a request that is about no session of ours. */
  refuse({ id, method }: Message): void {
    const asked = typeof id === 'string' || typeof id === 'number' ? id : null
    this.#write(jsonRpcFailureOf(asked, -32601, `${String(method)} is about no session that is known here.`)).catch(
      () => {},
    )
  }

  /** Nothing is answered any more. */
  end(why: string): void {
    for (const id of [...this.#asked.keys()]) this.#settle(id, failureOf(why))
  }

  #write(message: unknown): Promise<void> {
    this.#seq += 1
    return this.#program.write(STREAM, this.#seq, JSON.stringify(message))
  }

  #settle(id: string, outcome: Outcome): void {
    this.#asked.get(id)?.(outcome)
    this.#asked.delete(id)
  }
}
