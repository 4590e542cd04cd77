import type { Timer } from '@holdfast/contract'
import type { Question } from '../state/turn-types.ts'
import type { SessionCore } from './session-core.ts'

/** What of a session has to be over at some time, and looks after it then. The log has when it began: a server that takes over waits no longer. */
export class Deadlines {
  readonly #session: SessionCore
  #timer: Timer | undefined

  constructor(session: SessionCore) {
    this.#session = session
  }

  /** Open questions whose time is over. */
  get expired(): readonly Question[] {
    const { state, parts } = this.#session
    const before = parts.clock.epoch() - parts.limits.questionMs
    return state.questionsForPeople.filter(({ at }) => at <= before)
  }

  /** The agent was asked to end its turn, and did not in time. */
  get isCancelOverdue(): boolean {
    const { state, parts } = this.#session
    const { cancelledAt } = state.turn ?? {}
    return cancelledAt !== undefined && cancelledAt + parts.limits.cancelMs <= parts.clock.epoch()
  }

  /** To be called when something may have to be over earlier, or need not be any more. */
  arm(): void {
    this.stop()
    const { state, parts, signal } = this.#session
    const { questionMs, cancelMs } = parts.limits
    const { cancelledAt } = state.turn ?? {}
    const [first] = state.questionsForPeople
    const due = Math.min(
      first === undefined ? Number.POSITIVE_INFINITY : first.at + questionMs,
      cancelledAt === undefined ? Number.POSITIVE_INFINITY : cancelledAt + cancelMs,
    )
    if (due === Number.POSITIVE_INFINITY || signal.aborted) return
    this.#timer = parts.clock.after(Math.max(0, due - parts.clock.epoch()), () => {
      this.#session.poke()
      this.arm()
    })
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
