import type { Fields } from '@holdfast/protocol/hub'
import { withoutStamp } from '../delivery/delivery.ts'
import type { HubSession } from '../session/hub-session.ts'

/** What asking again needs of its connection. */
export interface AskingParts {
  readonly session: HubSession
  /** Of the connection: no more of it is sent when it aborts. */
  readonly signal: AbortSignal
  /** The client knows the log, and finds out by the number that it was asked this before. */
  readonly resumes: boolean
  ask(message: object): void
  /** Resolves when the client takes more. */
  hasCapacity(): Promise<void>
}

/** Sends unanswered questions to a client that does not receive them from the log. Hub §4, §10. */
export class AskingAgain {
  readonly #parts: AskingParts
  /** Numbers that this connection is not sent out of the log: what is open among them is sent with the state. */
  #unsent: { readonly from: number; readonly to: number }

  constructor(parts: AskingParts, after: number) {
    this.#parts = parts
    this.#unsent = { from: 1, to: after }
  }

  /** The client jumps over what came from `from` on. */
  skipped(from: number): void {
    this.#unsent = { from, to: this.#parts.session.head }
  }

  /** What the driver asked before this controller came. A driver that is not there asks when it is back. */
  async controller(): Promise<void> {
    const { session } = this.#parts
    if (!session.isLed) return
    const { from, to } = this.#unsent
    this.#unsent = { from: 0, to: 0 }
    for (const n of session.state.questions.unanswered(from, to)) {
      const record = await session.recordAt(n)
      if (record?.t === 'rpc' && session.state.questions.isOpen(n)) this.#ask(record.message, n)
    }
  }

  /**
   * What a lead before this one was asked, up to `after`: a lead that starts without a position gets to know of it in no
   * other way.
   */
  async lead(after: number): Promise<void> {
    const { session } = this.#parts
    for (const [wireId, request] of [...session.state.pending]) {
      if (request.n > after || !session.isPending(wireId)) continue
      await this.#parts.hasCapacity()
      const record = await session.recordAt(request.n)
      if (this.#parts.signal.aborted) return
      if (!session.isPending(wireId)) continue
      if (record?.t !== 'request') session.router.forgotten(wireId, request)
      else this.#ask(record.message, request.n)
    }
  }

  #ask(message: Fields, n: number): void {
    const bare = withoutStamp(message)
    this.#parts.ask(this.#parts.resumes ? { ...bare, again: n } : bare)
  }
}
